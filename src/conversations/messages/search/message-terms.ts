// Writes the words of a message as a tsvector. The words are made here, by the rules of the memory
// search, so no result depends on a server's locale or text search configuration.
import { atOnce } from '../../../platform/fairness/index.js';
import {
  findExtraWords,
  MAX_SEARCHED_CHARACTERS,
  splitIntoPieces,
  splitWords,
  stemWord,
  STOP_WORDS,
} from '../../../platform/text/index.js';

/** PostgreSQL keeps no higher position. */
const MAX_POSITION = 16_383;
/** PostgreSQL keeps 255 positions of a word. */
const MAX_WORD_POSITIONS = 255;
/** A tsvector has less than 1,048,576 bytes of words and positions. */
const MAX_VECTOR_BYTES = 1_000_000;
/** Bytes of a word besides its letters: alignment and the number of positions. */
const WORD_OVERHEAD_BYTES = 4;
const POSITION_BYTES = 2;

/** Limits the words of a text, because one character may normalise to many words. */
const MAX_WORDS = MAX_SEARCHED_CHARACTERS;

/** Stems of words, kept for a batch of messages. Stemming takes longer than all the rest. */
export class Stems {
  private readonly stems = new Map<string, string | null>();

  /** Returns the stem, or null for a stop word. */
  of(word: string): string | null {
    let stem = this.stems.get(word);
    if (stem === undefined) {
      stem = STOP_WORDS.has(word) ? null : stemWord(word);
      this.stems.set(word, stem);
    }
    return stem;
  }
}

/**
 * Returns the text of a tsvector. It has the stem of each word with its positions; the word as
 * written where that differs, for searches by a beginning; and parts of compounds. Phrases are found
 * in the first 16,383 words, and all words in the first megabyte of the vector.
 */
export const toVector = (text: string): string => atOnce(toVectorInSteps(text, new Stems()));

/** Makes the vector in steps of a few thousand characters. */
export function* toVectorInSteps(text: string, stems: Stems): Generator<void, string> {
  const vector = new Vector();
  let [words, position] = [0, 0];
  for (const piece of splitIntoPieces(text)) {
    if (words > MAX_WORDS) break;
    for (const word of splitWords(piece)) {
      words++;
      position++;
      const stem = stems.of(word);
      if (stem === null) continue;
      vector.add(stem, position);
      if (stem !== word) vector.add(word);
    }
    for (const word of findExtraWords(piece)) {
      words++;
      const stem = stems.of(word);
      if (stem !== null) vector.add(stem);
    }
    yield;
  }
  return vector.toString();
}

class Vector {
  private readonly positions = new Map<string, number[]>();
  private bytes = 0;

  /** Adds a word, unless the vector is full. PostgreSQL refuses a word without characters. */
  add(word: string, position?: number): void {
    if (word === '') return;
    let positions = this.positions.get(word);
    if (positions === undefined) {
      const bytes = Buffer.byteLength(word) + WORD_OVERHEAD_BYTES;
      if (this.bytes + bytes > MAX_VECTOR_BYTES) return;
      this.bytes += bytes;
      this.positions.set(word, (positions = []));
    }
    if (position === undefined || position > MAX_POSITION) return;
    if (positions.length >= MAX_WORD_POSITIONS) return;
    if (this.bytes + POSITION_BYTES > MAX_VECTOR_BYTES) return;
    this.bytes += POSITION_BYTES;
    positions.push(position);
  }

  toString(): string {
    const words: string[] = [];
    for (const [word, positions] of this.positions)
      words.push(
        positions.length > 0 ? `${quoteWord(word)}:${positions.join(',')}` : quoteWord(word),
      );
    return words.join(' ');
  }
}

/** Quotes a word for a tsvector or a tsquery. */
export const quoteWord = (word: string): string =>
  `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
