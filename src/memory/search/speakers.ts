// Numbers the speakers of an index, and finds which of them a question names.
import { STOP_WORDS, splitWords } from '../../platform/text/index.js';
import { MONTHS } from './traits.js';

export const NO_SPEAKER = -1;

export interface NamedSpeakers {
  /** Numbers of the named speakers. */
  named: Set<number>;
  /** The question without their names. */
  rest: string;
  /** The names that were removed, normalised as words are. */
  names: string[];
}

/** A word that may be a name, with its possessive ending. */
const NAME_LIKE = /([\p{L}\p{N}\p{M}]+)(?:['’]s?(?![\p{L}\p{N}\p{M}]))?/gu;

/** "I" means the user who asks, and "you" the assistant. */
const PRONOUNS: [role: string, words: ReadonlySet<string>][] = [
  ['user', new Set(['i', 'me', 'my', 'mine', 'myself'])],
  ['assistant', new Set(['you', 'your', 'yours'])],
];

/** Speakers that are no person by name. */
const ROLES: ReadonlySet<string> = new Set(
  'user assistant system developer tool function human ai model bot'.split(' '),
);

/** How many speakers of one first name are compared by full name. */
const MAX_NAMESAKES = 100;

/** Words such as "Will" and "May" count as names only when capitalised. */
const isCommonWord = (word: string): boolean => STOP_WORDS.has(word) || MONTHS.includes(word);

export class Speakers {
  private readonly numbers = new Map<string, number>();
  private readonly counts: number[] = [];
  /** Numbers of speakers that were dropped, to be used again. */
  private readonly freeNumbers: number[] = [];
  /** The name that each number stands for. */
  private readonly nameByNumber: string[] = [];
  private characters = 0;
  /** Names by their first word; built when a question needs them. */
  private names: Map<string, SpeakerName[]> | undefined;

  get bytes(): number {
    return 150 * this.numbers.size + 2 * this.characters;
  }

  /** Counts one more text of a speaker. Returns the speaker's number. */
  add(name: string | null): number {
    if (name === null || name === '') return NO_SPEAKER;
    let number = this.numbers.get(name);
    if (number === undefined) {
      number = this.freeNumbers.pop() ?? this.counts.length;
      this.counts[number] = 0;
      this.nameByNumber[number] = name;
      this.characters += name.length;
      this.numbers.set(name, number);
      this.names = undefined;
    }
    this.counts[number]!++;
    return number;
  }

  /** Counts one text less, and drops a speaker without texts. */
  drop(number: number): void {
    if (number === NO_SPEAKER || --this.counts[number]! > 0) return;
    const name = this.nameByNumber[number]!;
    this.numbers.delete(name);
    this.nameByNumber[number] = '';
    this.characters -= name.length;
    this.freeNumbers.push(number);
    this.names = undefined;
  }

  get size(): number {
    return this.numbers.size;
  }

  /** Returns the numbers of the speakers that are roles, and of texts without a speaker. */
  findUnnamed(): Set<number> {
    const numbers = [...ROLES].flatMap((role) => this.numbers.get(role) ?? []);
    return new Set([NO_SPEAKER, ...numbers]);
  }

  findNamed(question: string): NamedSpeakers {
    const found: NamedSpeakers = { named: new Set(), rest: question, names: [] };
    if (this.size === 0) return found;
    this.names ??= groupByFirstName(this.numbers);
    const parts = [...question.matchAll(NAME_LIKE)];
    const words = parts.map(([, word]) => splitWords(word!).join(' '));
    const names = new Set<string>();
    let [rest, from] = ['', 0];
    for (let i = 0; i < parts.length; i++) {
      const taken = this.match(parts, words, i, found.named, names);
      if (taken === 0) continue;
      const last = parts[i + taken - 1]!;
      rest += question.slice(from, parts[i]!.index);
      from = last.index + last[0].length;
      i += taken - 1;
    }
    found.names = [...names];
    this.addPronouns(words, found.named);
    if (from > 0) found.rest = (rest + question.slice(from)).replace(/\s+/g, ' ').trim();
    return found;
  }

  /** Returns how many words from the i-th on form a name; 0 for none. */
  private match(
    parts: RegExpExecArray[],
    words: string[],
    i: number,
    named: Set<number>,
    names: Set<string>,
  ): number {
    const word = words[i]!;
    const candidates = this.names!.get(word);
    if (!candidates || (isCommonWord(word) && (i === 0 || !/^\p{Lu}/u.test(parts[i]![0]))))
      return 0;
    let longest = 1;
    // Adds the speakers of a name once, however often the question repeats it.
    if (!names.has(word)) for (const { number } of candidates) named.add(number);
    for (const { words: full } of candidates.slice(0, MAX_NAMESAKES)) {
      let length = 1;
      while (length < full.length && full[length] === words[i + length]) length++;
      longest = Math.max(longest, length);
    }
    names.add(word);
    return longest;
  }

  private addPronouns(words: string[], named: Set<number>): void {
    for (const [role, pronouns] of PRONOUNS) {
      const number = this.numbers.get(role);
      if (number !== undefined && words.some((word) => pronouns.has(word))) named.add(number);
    }
  }
}

interface SpeakerName {
  number: number;
  words: string[];
}

/** Groups full names by their first word. */
function groupByFirstName(numbers: Map<string, number>): Map<string, SpeakerName[]> {
  const names = new Map<string, SpeakerName[]>();
  for (const [name, number] of numbers) {
    const words = splitWords(name);
    const first = words[0];
    if (first === undefined) continue;
    const same = names.get(first);
    if (same) same.push({ number, words });
    else names.set(first, [{ number, words }]);
  }
  return names;
}
