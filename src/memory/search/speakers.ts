// Who says the texts of an index, and whom of them a question names.
import { STOP_WORDS } from './stop-words.js';
import { MONTHS } from './traits.js';
import { wordsOf } from './words.js';

export const NOBODY = -1;

export interface Naming {
  /** Numbers of the speakers that the question names. */
  named: Set<number>;
  /** The question without their names. */
  rest: string;
  /** The names that were taken out, folded. */
  names: string[];
}

/** A part of a question that may be a name, with what shows that it belongs to somebody. */
const NAME_LIKE = /([\p{L}\p{N}\p{M}]+)(?:['’]s?(?![\p{L}\p{N}\p{M}]))?/gu;

/** Who asks as "I" is the user, and speaks to the assistant. */
const PRONOUNS: [role: string, words: ReadonlySet<string>][] = [
  ['user', new Set(['i', 'me', 'my', 'mine', 'myself'])],
  ['assistant', new Set(['you', 'your', 'yours'])],
];

/** "Will" and "May" are names only where they are written as such. */
const isOrdinary = (word: string): boolean => STOP_WORDS.has(word) || MONTHS.includes(word);

export class Speakers {
  private readonly numbers = new Map<string, number>();
  private readonly counts: number[] = [];
  /** First names and full names, word by word; made when a question needs them. */
  private names: Map<string, Name[]> | undefined;

  get bytes(): number {
    let bytes = 0;
    for (const name of this.numbers.keys()) bytes += 100 + 2 * name.length;
    return bytes;
  }

  /** A text more of this speaker. @returns the speaker's number. */
  add(name: string | null): number {
    if (name === null || name === '') return NOBODY;
    let number = this.numbers.get(name);
    if (number === undefined) {
      number = this.freeNumber();
      this.numbers.set(name, number);
      this.names = undefined;
    }
    this.counts[number] = (this.counts[number] ?? 0) + 1;
    return number;
  }

  /** A text less. Nobody is kept who has none. */
  drop(number: number): void {
    if (number === NOBODY || --this.counts[number]! > 0) return;
    for (const [name, other] of this.numbers) if (other === number) this.numbers.delete(name);
    this.names = undefined;
  }

  private freeNumber(): number {
    const free = this.counts.indexOf(0);
    return free < 0 ? this.counts.length : free;
  }

  get size(): number {
    return this.numbers.size;
  }

  namedIn(question: string): Naming {
    const found: Naming = { named: new Set(), rest: question, names: [] };
    if (this.size === 0) return found;
    this.names ??= namesOf(this.numbers);
    const parts = [...question.matchAll(NAME_LIKE)];
    const words = parts.map(([, word]) => wordsOf(word!).join(' '));
    let [rest, from] = ['', 0];
    for (let i = 0; i < parts.length; i++) {
      const taken = this.match(parts, words, i, found);
      if (taken === 0) continue;
      const last = parts[i + taken - 1]!;
      rest += question.slice(from, parts[i]!.index);
      from = last.index + last[0].length;
      i += taken - 1;
    }
    this.addPronouns(words, found.named);
    if (from > 0) found.rest = (rest + question.slice(from)).replace(/\s+/g, ' ').trim();
    return found;
  }

  /** How many words from the i-th on are a name. */
  private match(parts: RegExpExecArray[], words: string[], i: number, { named, names }: Naming): number {
    const word = words[i]!;
    const candidates = this.names!.get(word);
    if (!candidates || (isOrdinary(word) && (i === 0 || !/^\p{Lu}/u.test(parts[i]![0])))) return 0;
    let longest = 1;
    for (const { number, words: full } of candidates) {
      named.add(number);
      let length = 1;
      while (length < full.length && full[length] === words[i + length]) length++;
      longest = Math.max(longest, length);
    }
    names.push(word);
    return longest;
  }

  private addPronouns(words: string[], named: Set<number>): void {
    for (const [role, pronouns] of PRONOUNS) {
      const number = this.numbers.get(role);
      if (number !== undefined && words.some((word) => pronouns.has(word))) named.add(number);
    }
  }
}

interface Name {
  number: number;
  words: string[];
}

/** By the first word. */
function namesOf(numbers: Map<string, number>): Map<string, Name[]> {
  const names = new Map<string, Name[]>();
  for (const [name, number] of numbers) {
    const words = wordsOf(name);
    const first = words[0];
    if (first !== undefined) names.set(first, [...(names.get(first) ?? []), { number, words }]);
  }
  return names;
}
