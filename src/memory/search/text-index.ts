// The texts of one user, searchable by words and by vectors. Small enough to keep thousands of
// indexes in one process.
import type { Slices } from '../../platform/fairness/index.js';
import { type TextLayout, computeLayout, neighbouringSlots } from './layout.js';
import { findMatches } from './matches.js';
import { readQuestion } from './question.js';
import { rank } from './ranking.js';
import type { SearchableText, TextHit, SearchOptions } from './searchable-text.js';
import { Speakers } from './speakers.js';
import { analyse, analyseInSteps, type TextTerms } from './terms.js';
import { hashGroup, TextTable } from './text-table.js';
import { topK } from './top-k.js';
import { VectorTable } from './vector-table.js';

export { extractTerms } from './terms.js';
export type { SearchableText, TextHit, SearchOptions };

/** Measured bytes of an empty index, and of the layout of one text. */
const EMPTY_INDEX_BYTES = 3_000;
const LAYOUT_BYTES_PER_TEXT = 16;

/**
 * After any sequence of puts and removals, a search returns the same as in a new index with the
 * remaining texts, put in the order of their first appearance.
 */
export class TextIndex {
  private table = new TextTable();
  private readonly speakers = new Speakers();
  /** Computed by the first search after a change: about one microsecond for 20 texts. */
  private layout: TextLayout | undefined;
  private readonly keepsStopWords: boolean;

  /** @param options.keepsStopWords stop words are found: for a few texts, of which they are most */
  constructor({ keepsStopWords = false } = {}) {
    this.keepsStopWords = keepsStopWords;
  }

  /** Number of texts. */
  get size(): number {
    return this.table.live;
  }

  /** Estimated memory of the index. */
  get bytes(): number {
    return (
      EMPTY_INDEX_BYTES +
      this.table.bytes +
      this.speakers.bytes +
      LAYOUT_BYTES_PER_TEXT * this.table.slots
    );
  }

  /**
   * Adds a text at the end of its group, or replaces the text of the same ref in place. A replaced
   * text loses its vector.
   */
  put(text: SearchableText): void {
    this.putTerms(text, analyse(text.text, this.keepsStopWords));
  }

  /** Like `put`, in time slices. Put one text at a time. */
  async putInSlices(text: SearchableText, slices: Slices): Promise<void> {
    this.putTerms(text, await slices.run(analyseInSteps(text.text, this.keepsStopWords)));
  }

  /**
   * Builds the postings in time slices, during which nothing may be put or removed. A search builds
   * them itself when this was not called.
   */
  async prepare(slices: Slices): Promise<void> {
    await slices.run(this.table.prepareInSteps());
  }

  private putTerms({ ref, speaker, group, at }: SearchableText, terms: TextTerms): void {
    const facts = {
      speaker: this.speakers.add(speaker),
      group: hashGroup(group),
      at,
    };
    const slot = this.table.findSlot(ref);
    if (slot < 0) this.table.append(ref, facts, terms);
    else {
      this.speakers.drop(this.table.speaker[slot]!);
      this.table.replace(slot, facts, terms);
    }
    this.afterChange();
  }

  remove(ref: string): void {
    const slot = this.table.findSlot(ref);
    if (slot < 0) return;
    this.speakers.drop(this.table.speaker[slot]!);
    this.table.remove(slot);
    this.afterChange();
  }

  has(ref: string): boolean {
    return this.table.findSlot(ref) >= 0;
  }

  /** Sets the vector of a text. Does nothing when the text is not in the index. */
  setVector(ref: string, vector: Int8Array): void {
    const slot = this.table.findSlot(ref);
    if (slot >= 0) this.table.vectors.set(slot, vector);
  }

  get hasVectors(): boolean {
    return this.table.vectors.count > 0;
  }

  /** Drops all vectors, when PostgreSQL compares them instead. */
  dropVectors(): void {
    this.table.vectors = new VectorTable();
  }

  /**
   * Returns the question without names of speakers. A name pulls the vector towards all that the
   * person said, whatever the subject. A question that is only a name stays whole.
   */
  questionForEmbedding(question: string): string {
    const { rest } = this.speakers.findNamed(question);
    return /[\p{L}\p{N}]/u.test(rest) ? rest : question;
  }

  /** Returns the best hits first; of equal scores the newest first. */
  search(question: string, options: SearchOptions): TextHit[] {
    if (this.size === 0) return [];
    const { timeZone } = options;
    const asked = readQuestion(question, this.speakers, {
      timeZone,
      keepsStopWords: this.keepsStopWords,
    });
    return rank(this.table, this.getLayout(), asked, options);
  }

  /** Returns the newest texts first, without a score. */
  newest({ limit, group }: Pick<SearchOptions, 'limit' | 'group'>): TextHit[] {
    const { slots, alive, at } = this.table;
    const isIn = this.table.groupFilter(group);
    const all = Int32Array.from({ length: slots }, (_, slot) => slot).filter(
      (slot) => alive[slot] && isIn(slot),
    );
    const best = topK(all, limit, (a, b) => (at[a]! - at[b]! || a - b) > 0);
    return Array.from(best, (slot) => ({
      ref: this.table.getRef(slot),
      score: 0,
      matchedBy: 'lexical',
    }));
  }

  /** Lists the words of a question that no text has, in any form, and that may be mistyped. */
  listUnknownWords(question: string): string[] {
    const { terms, names } = readQuestion(question, this.speakers);
    const { mistyped } = findMatches(this.table, terms, names);
    return [...mistyped].flatMap((term) => terms[term]!.word ?? []);
  }

  /** Returns the refs of the texts right before and after a text in its group, in order. */
  findNeighbours(ref: string, before: number, after: number): string[] {
    const slot = this.table.findSlot(ref);
    if (slot < 0) return [];
    const { previous, next } = this.getLayout();
    return [
      ...neighbouringSlots(previous, slot, before).reverse(),
      ...neighbouringSlots(next, slot, after),
    ].map((neighbour) => this.table.getRef(neighbour));
  }

  private getLayout(): TextLayout {
    return (this.layout ??= computeLayout(this.table));
  }

  private afterChange(): void {
    this.layout = undefined;
    if (this.table.isWasteful) this.table = this.table.compacted();
  }
}
