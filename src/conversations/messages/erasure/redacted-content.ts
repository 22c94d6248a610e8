// Erases single parts of what a message says, and of what its copies say.
import { fromStoredText, type RawObject, redactedParts, toStoredText } from '../../parts/index.js';
import type { MessageContent } from '../message-content.js';

/** The text that takes the place of each part, by the index of the part; null removes it. */
export type PartTexts = ReadonlyMap<number, string | null>;

export interface StoredContent {
  content: string;
  contentIsJson: boolean;
}

/** A text is one part. */
export const partCount = (stored: StoredContent): number => partsOf(stored).length;

export const redactedContent = (stored: StoredContent, texts: PartTexts): MessageContent =>
  redactWhere(stored, (_, index) => texts.get(index));

/**
 * Redacts a copy that does not say what its original says. A part that equals a redacted one, or is a
 * text with which it begins, is redacted wherever it stands: a copy may be of a message that was in
 * progress. One at the same index is, too, unless the copy was redacted itself.
 * @returns null when the copy has none of them
 */
export function redactedCopy(
  copy: StoredContent & { isErased: boolean },
  original: StoredContent,
  texts: PartTexts,
): MessageContent | null {
  const erased = new Map(
    partsOf(original).flatMap((part, index): [string, string | null][] => {
      const text = texts.get(index);
      return text === undefined ? [] : [[toStoredText([part]), text]];
    }),
  );
  const beginnings = partsOf(original).flatMap((part, index): [string, string | null][] => {
    const text = texts.get(index);
    return text === undefined || typeof part['text'] !== 'string' ? [] : [[part['text'], text]];
  });
  const beganWith = (part: RawObject): string | null | undefined => {
    const said = part['text'];
    if (typeof said !== 'string' || said === '') return undefined;
    return beginnings.find(([whole]) => whole.startsWith(said))?.[1];
  };
  const textFor = (part: RawObject, index: number): string | null | undefined => {
    const equal = erased.get(toStoredText([part]));
    const text = equal === undefined ? beganWith(part) : equal;
    return text === undefined && !copy.isErased ? texts.get(index) : text;
  };
  return partsOf(copy).some((part, index) => textFor(part, index) !== undefined)
    ? redactWhere(copy, textFor)
    : null;
}

const partsOf = ({ content, contentIsJson }: StoredContent): RawObject[] =>
  contentIsJson ? fromStoredText(content) : [{ type: 'text', text: content }];

/** @param textFor undefined keeps the part */
function redactWhere(
  stored: StoredContent,
  textFor: (part: RawObject, index: number) => string | null | undefined,
): MessageContent {
  const parts = partsOf(stored);
  if (!stored.contentIsJson) {
    const text = textFor(parts[0]!, 0);
    return text === undefined ? stored.content : (text ?? '');
  }
  return parts.flatMap((part, index) => {
    const text = textFor(part, index);
    return text === undefined ? [part] : redactedParts(part, text);
  });
}
