// The content of a message: a text, or parts.
import type { FieldError } from '../../platform/errors/index.js';
import { CheckedBy, isLongerThan, isPlainObject, words } from '../../platform/input/index.js';
import { isKnownPart, type RawObject, toStoredText } from '../parts/index.js';

/** A text, or parts, which are stored as they are. */
export type MessageContent = string | RawObject[];

export const MESSAGE_LIMITS = {
  perCall: 1_000,
  parts: 1_000,
  contentBytes: 4_194_304,
  typeLength: 100,
  keyLength: 255,
  /** A day. */
  leaseSeconds: 86_400,
  defaultLeaseSeconds: 60,
} as const;

const NO_FAULTS: readonly FieldError[] = [];
const WANTED = words.textOr(`a list of at most ${MESSAGE_LIMITS.parts} parts`);

export const IsMessageContent = () =>
  CheckedBy((content) => {
    if (typeof content === 'string') return textFaults(content);
    if (!Array.isArray(content) || content.length > MESSAGE_LIMITS.parts)
      return [{ pointer: '', message: WANTED }];
    const faults = content.flatMap((part: unknown, i) => partFaults(part, `/${i}`));
    if (Buffer.byteLength(toStoredText(content)) > MESSAGE_LIMITS.contentBytes)
      faults.push({ pointer: '', message: words.maxJsonBytes(MESSAGE_LIMITS.contentBytes) });
    return faults;
  });

const textFaults = (text: string): readonly FieldError[] =>
  text.length > MESSAGE_LIMITS.contentBytes / 4 &&
  Buffer.byteLength(text) > MESSAGE_LIMITS.contentBytes
    ? [{ pointer: '', message: words.maxBytes(MESSAGE_LIMITS.contentBytes) }]
    : NO_FAULTS;

/** Some dialects have parts without a type, or texts that are objects. */
function partFaults(part: unknown, pointer: string): readonly FieldError[] {
  const { type, text } = isPlainObject(part) ? part : {};
  const isTyped = type !== undefined && (type !== 'text' || typeof text === 'string');
  if (!isTyped && isPlainObject(part) && isKnownPart(part)) return NO_FAULTS;
  const ofType = typeFault(type);
  if (ofType !== null) return [{ pointer: `${pointer}/type`, message: ofType }];
  if (type !== 'text' || typeof text === 'string') return NO_FAULTS;
  const message = text === undefined ? words.required : words.text;
  return [{ pointer: `${pointer}/text`, message }];
}

function typeFault(type: unknown): string | null {
  if (type === undefined) return words.required;
  if (typeof type !== 'string') return words.text;
  if (type === '') return words.notEmpty;
  return isLongerThan(type, MESSAGE_LIMITS.typeLength)
    ? words.maxCharacters(MESSAGE_LIMITS.typeLength)
    : null;
}
