// What is kept of an answer in place of its content, where the content can be read again.
import { SetMetadata, type Type } from '@nestjs/common';

/** Makes answers again from rows that never change. A provider of the feature whose route has `@AnsweredFrom` it. */
export interface AnswerReference {
  /** What is kept: JSON without any content that a row has. */
  refer: (answer: unknown) => object;
  /** The answer, the same bytes as the first time. Null, or an AppError below 500, when some of it is gone. */
  repeat: (reference: never) => Promise<unknown>;
}

export const ANSWER_REFERENCE = Symbol('made again from rows');

/** A replay of the route's answer is read from rows, so that it is not kept a second time. */
export const AnsweredFrom = (reference: Type<AnswerReference>) =>
  SetMetadata(ANSWER_REFERENCE, reference);

/** Ids that are kept beside one answer; of more, none is. */
const MAX_SUBJECTS = 5_000;

const UUIDS = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** Every UUID in the texts, each once: what an answer shows is among them, whichever route it is of. Null when there are too many. */
export function subjectsIn(...texts: string[]): string[] | null {
  const found = new Set<string>();
  for (const text of texts) {
    for (const [id] of text.matchAll(UUIDS))
      if (found.add(id.toLowerCase()).size > MAX_SUBJECTS) return null;
  }
  return [...found];
}
