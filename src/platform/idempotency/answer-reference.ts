// Keeps a reference instead of an answer's content, where the content can be read again from its
// rows.
import { SetMetadata, type Type } from '@nestjs/common';

/**
 * Rebuilds answers from rows that never change. A feature provides it for a route with
 * `@AnsweredFrom`.
 */
export interface AnswerReference {
  /** Makes the reference to keep: JSON without any content of rows. */
  refer: (answer: never) => object | Promise<object>;
  /**
   * Rebuilds the answer with the same bytes.
   * @returns null, or throws an AppError below 500, when some of it was erased
   */
  repeat: (reference: never) => Promise<unknown>;
}

export const ANSWER_REFERENCE = Symbol('made again from rows');

/** The replay of this route reads the answer from rows, so that it is not stored twice. */
export const AnsweredFrom = (reference: Type<AnswerReference>) =>
  SetMetadata(ANSWER_REFERENCE, reference);

/** Ids that are kept beside one answer. An answer with more keeps none. */
const MAX_SUBJECTS = 5_000;

const UUIDS = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/**
 * Finds every UUID in the texts: the ids of all that an answer shows are among them.
 * @returns null when there are too many
 */
export function subjectsIn(...texts: string[]): string[] | null {
  const found = new Set<string>();
  for (const text of texts) {
    for (const [id] of text.matchAll(UUIDS))
      if (found.add(id.toLowerCase()).size > MAX_SUBJECTS) return null;
  }
  return [...found];
}
