// What a conversation says, in words of no door: it is written by one door, and read by the others.
import type { Seeded } from '../seeded.js';
import { pdfOf, pngOf } from '../tiny-media.js';

export type Signer = 'anthropic' | 'openai' | 'google' | 'bedrock';

export type Entry =
  | { kind: 'text'; role: 'system' | 'user' | 'assistant'; text: string }
  | { kind: 'image' | 'file'; role: 'user'; url: string }
  | { kind: 'call'; role: 'assistant'; id: string; name: string; input: unknown }
  | { kind: 'result'; role: 'tool'; id: string; text: string; isError: boolean }
  | { kind: 'reasoning'; role: 'assistant'; text: string; by: Signer | null; proof: string }
  | { kind: 'refusal'; role: 'assistant'; text: string };

/** What one side says at once. Results of tools are a side of their own. */
export type Said = Entry[];

/** What a door may have a form for. */
export type Feature =
  | 'system'
  | `${'image' | 'file'} ${'url' | 'data'}`
  | 'call'
  | 'call id'
  | 'error'
  | `reasoning ${Signer | 'unsigned'}`
  | 'refusal';

/** Which of them an entry needs beside its words; none for a text of a user or an assistant. */
export function featureOf(entry: Entry): Feature | null {
  switch (entry.kind) {
    case 'text':
      return entry.role === 'system' ? 'system' : null;
    case 'image':
    case 'file':
      return `${entry.kind} ${entry.url.startsWith('data:') ? 'data' : 'url'}`;
    case 'call':
    case 'result':
      return 'call';
    case 'reasoning':
      return `reasoning ${entry.by ?? 'unsigned'}`;
    case 'refusal':
      return 'refusal';
  }
}

/** Returns what a door with these forms keeps of what one side says. A refusal is a text elsewhere. */
export const within = (said: Said, features: ReadonlySet<Feature>): Said =>
  said.flatMap((entry): Entry[] => {
    const feature = featureOf(entry);
    if (feature === null || features.has(feature)) return [entry];
    return entry.kind === 'refusal' ? say('assistant', entry.text) : [];
  });

/**
 * Brings what was written and what is read to one form: joins texts that stand together, and leaves ids
 * of calls and errors out where one of the doors has none.
 */
export function comparable(entries: readonly Entry[], shared: ReadonlySet<Feature>): Entry[] {
  const numbers = new Map<string, string>();
  const idOf = (id: string): string => {
    if (shared.has('call id')) return id;
    if (!numbers.has(id)) numbers.set(id, `#${numbers.size + 1}`);
    return numbers.get(id)!;
  };
  const joined: Entry[] = [];
  for (const entry of withResultsBehindCalls(entries)) {
    const last = joined.at(-1);
    // A message of reasoning alone has an empty text beside it.
    if (entry.kind === 'text' && entry.text === '') continue;
    if (entry.kind === 'text' && last?.kind === 'text' && last.role === entry.role)
      joined[joined.length - 1] = { ...last, text: `${last.text}\n${entry.text}` };
    else if (entry.kind === 'call') joined.push({ ...entry, id: idOf(entry.id) });
    else if (entry.kind === 'result')
      joined.push({
        ...entry,
        id: idOf(entry.id),
        isError: entry.isError && shared.has('error'),
      });
    else joined.push(entry);
  }
  return joined;
}

/**
 * Of calls that were made together, some doors tell all before the results, and others each with its
 * own.
 */
function withResultsBehindCalls(entries: readonly Entry[]): Entry[] {
  const ordered: Entry[] = [];
  for (const entry of entries) {
    const at =
      entry.kind === 'result'
        ? ordered.findLastIndex((one) => one.kind === 'call' && one.id === entry.id)
        : -1;
    ordered.splice(at < 0 ? ordered.length : at + 1, 0, entry);
  }
  return ordered;
}

/** Words by which an entry is found in a text that a person or a model reads. */
export function wordsOf(entry: Entry): string[] {
  switch (entry.kind) {
    case 'call':
      return [entry.name, ...(Object.values(entry.input as object) as string[])];
    case 'image':
    case 'file':
      return entry.url.startsWith('data:') ? [] : [entry.url];
    case 'text':
    case 'reasoning':
    case 'result':
    case 'refusal':
      return [entry.text];
  }
}

const PROOFS: Record<Signer, string> = {
  anthropic: 'EqQBCkYIARgCKkD0',
  openai: 'gAAAAABpsecret',
  google: 'CpMBAVSoXO8sig',
  bedrock: 'EqQBCkYIBedrock',
};

/** A conversation that has every form; each side of it ends with words. */
export function wholeTalk(): Said[] {
  const signed = (Object.keys(PROOFS) as Signer[]).flatMap((by, i) => [
    say('user', `Question ${i} of ${by}?`),
    [...thought(`I think as ${by}.`, by), ...say('assistant', `An answer ${i} of ${by}.`)],
  ]);
  return [
    say('system', 'Answer in short sentences.'),
    [
      ...say('user', 'What is on these, naïve 漢字 👍🏽?'),
      { kind: 'image', role: 'user', url: 'https://media.example/map.png' },
      { kind: 'image', role: 'user', url: `data:image/png;base64,${pngOf(2, 3)}` },
      { kind: 'file', role: 'user', url: 'https://media.example/report.pdf' },
      { kind: 'file', role: 'user', url: `data:application/pdf;base64,${pdfOf(1)}` },
    ],
    [...say('assistant', 'I will look.'), call(1), call(2)],
    [result(1, false), result(2, true)],
    [call(3)],
    [result(3, false)],
    say('assistant', 'It is a hall.'),
    ...signed,
    say('user', 'How would you break in?'),
    [{ kind: 'refusal', role: 'assistant', text: 'I cannot help with that.' }],
    say('user', 'And now?\n\nIn two lines.'),
    [...thought('Nobody signed this.', null), ...say('assistant', 'Go home.')],
    say('user', 'Thank you.'),
  ];
}

/** A conversation by chance, which begins and ends with the user. */
export function randomTalk(random: Seeded): Said[] {
  const talk: Said[] = random.chance(0.5) ? [say('system', `Rule ${random.hex(4)}.`)] : [];
  const whole = wholeTalk();
  const media = whole[1]!.slice(1);
  let calls = 10;
  for (let turn = 0; turn <= random.integer(6); turn++) {
    talk.push([
      ...say('user', `Question ${random.hex(6)}?`),
      ...media.filter(() => random.chance(0.3)),
    ]);
    for (let step = 0; step < random.integer(3); step++) {
      const made = Array.from({ length: 1 + random.integer(3) }, () => ++calls);
      const before = random.chance(0.5) ? say('assistant', `Looking ${random.hex(6)}.`) : [];
      talk.push([...before, ...made.map(call)]);
      talk.push(made.map((number) => result(number, random.chance(0.2))));
    }
    const by = random.pick<Signer | null>(['anthropic', 'openai', 'google', 'bedrock', null]);
    const before = random.chance(0.5) ? thought(`Hm ${random.hex(6)}.`, by) : [];
    talk.push([...before, ...say('assistant', `Answer ${random.hex(6)}.`)]);
  }
  return [...talk, say('user', `Bye ${random.hex(6)}.`)];
}

export const say = (role: 'system' | 'user' | 'assistant', text: string): Entry[] => [
  { kind: 'text', role, text },
];
const thought = (text: string, by: Signer | null): Entry[] => [
  { kind: 'reasoning', role: 'assistant', text, by, proof: by === null ? '' : PROOFS[by] },
];
const call = (number: number): Entry => ({
  ...{ kind: 'call', role: 'assistant', id: `call_${number}`, name: `find_place_${number}` },
  input: { near: `harbour ${number}` },
});
const result = (number: number, isError: boolean): Entry => ({
  ...{ kind: 'result', role: 'tool', id: `call_${number}`, isError },
  text: `Found hall ${number}.`,
});
