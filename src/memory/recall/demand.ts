// Compares found texts with phrases, words to leave out and beginnings of words. An index keeps
// neither places nor words, so that the texts are read for it.
import { contentWords } from '../../conversations/parts/index.js';
import { Slices } from '../../platform/fairness/index.js';
import { readExactly } from '../../platform/input/exact-json.js';
import { type Condition, isMet, Stems, toVectorInSteps } from '../../platform/text/index.js';
import { textWithTags } from './indexed-text.js';

interface ComparedRow {
  id: string;
  revision: number;
  /** Null when it was withheld because of its size. */
  json: string | null;
}

/** Reads a row whose JSON was withheld because of its size. */
export type ReadWhole = (id: string) => Promise<ComparedRow | undefined>;

/** Texts that one search compares. */
const MAX_COMPARED = 5_000;

interface Readable {
  content: Parameters<typeof contentWords>[0];
  /** Of memories only. */
  tags?: string[];
}

export class Demand {
  private readonly stems: Stems;
  private readonly slices = new Slices();
  /** What was found of each row: more hits may be ranked later, and bring it again. */
  private readonly known = new Map<string, boolean>();

  /** @param keepsStopWords the condition has stop words */
  constructor(
    private readonly condition: Condition,
    keepsStopWords: boolean,
  ) {
    this.stems = new Stems(keepsStopWords);
  }

  /** True when no more texts are compared. */
  get isExhausted(): boolean {
    return this.known.size >= MAX_COMPARED;
  }

  async isMetBy(row: ComparedRow, readWhole: ReadWhole): Promise<boolean> {
    const key = `${row.id} ${row.revision}`;
    const known = this.known.get(key);
    if (known !== undefined || this.isExhausted) return known ?? false;
    const json = row.json ?? (await readWhole(row.id))?.json ?? null;
    const isMetByIt = json !== null && (await this.isMetByText(textOf(parsed(json))));
    this.known.set(key, isMetByIt);
    return isMetByIt;
  }

  private async isMetByText(text: string): Promise<boolean> {
    if (this.slices.isDue) await this.slices.next();
    return isMet(this.condition, await this.slices.run(toVectorInSteps(text, this.stems)));
  }
}

/** Returns the text of a memory or a message that is searched. */
const textOf = ({ content, tags = [] }: Readable): string =>
  textWithTags(contentWords(content), tags);

/** Numbers that a double may change. */
const LONG_NUMBER = /\d{16}|\d[eE]/;

/** The words of a number are its digits as they were written. */
const parsed = (json: string): Readable =>
  (LONG_NUMBER.test(json) ? readExactly(json) : JSON.parse(json)) as Readable;
