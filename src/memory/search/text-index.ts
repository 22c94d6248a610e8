// One user's texts, searchable by words and by meaning: recent enough to answer from, small enough to keep thousands of in a process.
import type { Slices } from '../../platform/fairness/index.js';
import { type TextLayout, computeLayout, walk } from './layout.js';
import { readQuestion } from './question.js';
import { rank } from './ranking.js';
import type { SearchableText, SearchHit, SearchOptions } from './searchable-text.js';
import { Speakers } from './speakers.js';
import { analyse, analyseInSteps, hashText, type TextTerms } from './terms.js';
import { TextTable } from './text-table.js';
import { VectorTable } from './vector-table.js';

export { extractTerms } from './terms.js';
export type { SearchableText, SearchHit, SearchOptions };

/** What an empty index takes, and a text in its layout, as measured. */
const EMPTY_INDEX_BYTES = 3_000;
const LAYOUT_BYTES_PER_TEXT = 16;

/** After any puts and removals it finds what a new index finds into which the texts that are left were put in the order in which each first appeared. */
export class TextIndex {
  private table = new TextTable();
  private readonly speakers = new Speakers();
  /** Made by the first search after a change: a look at every text takes some microseconds for 100 of them. */
  private layout: TextLayout | undefined;

  /** Texts. */
  get size(): number {
    return this.table.live;
  }

  /** Memory it holds, nearly. */
  get bytes(): number {
    return (
      EMPTY_INDEX_BYTES +
      this.table.bytes +
      this.speakers.bytes +
      LAYOUT_BYTES_PER_TEXT * this.table.slots
    );
  }

  /** A new text comes after all others of its group; one that is there is replaced where it is, and loses its vector. */
  put(text: SearchableText): void {
    this.putTerms(text, analyse(text.text));
  }

  /** The same in slices. Only one text is put at a time. */
  async putInSlices(text: SearchableText, slices: Slices): Promise<void> {
    this.putTerms(text, await slices.run(analyseInSteps(text.text)));
  }

  /** Makes what the next search needs, in slices, between which nothing is put or removed. A search does it at once where it has not been done. */
  async prepare(slices: Slices): Promise<void> {
    await slices.run(this.table.prepareInSteps());
  }

  private putTerms({ ref, speaker, group, at }: SearchableText, terms: TextTerms): void {
    const facts = {
      speaker: this.speakers.add(speaker),
      group: group === '' ? 0 : hashText(group),
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

  /** The vector of a text as it is now. Where there is no such text (any more), nothing happens. */
  setVector(ref: string, vector: Int8Array): void {
    const slot = this.table.findSlot(ref);
    if (slot >= 0) this.table.vectors.set(slot, vector);
  }

  /** Somebody else looks at them from now on. */
  dropVectors(): void {
    this.table.vectors = new VectorTable();
  }

  /** Names of speakers draw a vector to everything they said or were told, whatever it is about: they are left out, unless there is nothing else. */
  questionForEmbedding(question: string): string {
    const { rest } = this.speakers.findNamed(question);
    return /[\p{L}\p{N}]/u.test(rest) ? rest : question;
  }

  /** The best first; of equals the newest. */
  search(question: string, options: SearchOptions): SearchHit[] {
    if (this.size === 0) return [];
    return rank(this.table, this.getLayout(), readQuestion(question, this.speakers), options);
  }

  /** Refs of what comes right before and after it in its group, in order. */
  findNeighbours(ref: string, before: number, after: number): string[] {
    const slot = this.table.findSlot(ref);
    if (slot < 0) return [];
    const { previous, next } = this.getLayout();
    return [...walk(previous, slot, before).reverse(), ...walk(next, slot, after)].map(
      (neighbour) => this.table.getRef(neighbour),
    );
  }

  private getLayout(): TextLayout {
    return (this.layout ??= computeLayout(this.table));
  }

  private afterChange(): void {
    this.layout = undefined;
    if (this.table.isWasteful) this.table = this.table.compacted();
  }
}
