// How a user is named, wherever a user is: by an id of ours, or by the application's own. The two
// cannot be taken for each other.
import { LRUCache } from 'lru-cache';
import { type FieldError, RequestErrors } from '../errors/index.js';

/** Longest externalId, in characters. */
export const EXTERNAL_ID_MAX = 255;

/** Before a name that is an externalId whatever it looks like. */
const EXTERNAL = 'external:';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What programs write where they have no value. As a name it would be one user for all of them. */
const NOTHING =
  /^(undefined|null|nil|none|nan|empty|true|false|n\/a|[(<]?(null|nil|none|undefined)[)>]?|\[object \w*\]|\{\}|\[\]|""|''|0{8}-(0{4}-){3}0{12})$/i;

/** Control characters, line separators, and halves of surrogate pairs. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\ufffd]/u;

/** An externalId as the API document describes it: no control characters, and not only space. */
export const EXTERNAL_ID_FORM = {
  pattern: '^[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$',
  examples: [
    'customer-17',
    'auth0|507f1f77',
    'ada@example.com',
    'external:17',
    'Zoë',
    '8d7a5c1e-4b7e-4f0e-9a55-2f6f4a1f6f00',
  ],
};

export interface UserReference {
  /** As it was given. */
  readonly text: string;
  /** Set when it may name a user by our id. */
  readonly id: string | null;
  /** Set when it may name a user by the application's id, as it is kept. */
  readonly externalId: string | null;
  /** The same as it was written, for names that were kept before they were normalised. */
  readonly written: string | null;
  /** Why no user is made under this name, though there may be one. */
  readonly refusal: string | null;
}

/** A text that is refused as a name, and why. */
export class UnusableNameError extends Error {
  override readonly name = 'UnusableNameError';
}

/**
 * The one form of a name: UTF-8 that was read as Latin-1 is decoded, as header bytes are, then
 * Unicode NFC without surrounding space.
 * @throws UnusableNameError for what no user can be called
 */
export function normalName(text: string): string {
  const name = decoded(text).normalize('NFC').trim();
  if (UNSAFE.test(name))
    throw new UnusableNameError('must be well-formed text without control characters');
  if (name === '') throw new UnusableNameError(EMPTY);
  if ([...name].length > EXTERNAL_ID_MAX + EXTERNAL.length) throw new UnusableNameError(LENGTH);
  return name;
}

const HINT = 'send the id by which your application knows the user';
const EMPTY = `is empty; ${HINT}`;
const LENGTH = `must be one user id or externalId of 1 to ${EXTERNAL_ID_MAX} characters`;

/** Names are read in every request, and are few. */
const read = new LRUCache<string, UserReference>({ max: 10_000 });

/** @param text of a header: decoded once @throws UnusableNameError as `normalName` does */
export function readReference(text: string): UserReference {
  const known = read.get(text);
  if (known) return known;
  const reference = parsed(text);
  if (text.length <= 2 * EXTERNAL_ID_MAX) read.set(text, reference);
  return reference;
}

function parsed(text: string): UserReference {
  const name = normalName(text);
  const written = text.trim();
  const isExplicit = name.startsWith(EXTERNAL);
  const own = isExplicit ? name.slice(EXTERNAL.length).trim() : name;
  if (own === '' || [...own].length > EXTERNAL_ID_MAX) throw new UnusableNameError(LENGTH);
  const version = UUID.exec(own)?.[1];
  if (isExplicit)
    return {
      text,
      id: null,
      externalId: own,
      written: written.slice(EXTERNAL.length),
      refusal: NOTHING.test(own) ? NO_VALUE : null,
    };
  if (NOTHING.test(own)) throw new UnusableNameError(NO_VALUE);
  const id = version === undefined ? null : own.toLowerCase();
  return version === '7'
    ? { text, id, externalId: null, written: null, refusal: OURS }
    : { text, id, externalId: own, written, refusal: null };
}

const OURS = `is an id as Threadkeep gives them, and no user has it; an externalId that looks like one is written ${EXTERNAL}<id>`;
const NO_VALUE = `is what programs write where a value is missing; ${HINT}`;

/** The name under which a user is kept. @throws AppError 422 at `/externalId` for one that is refused */
export function externalIdToKeep(text: string): { externalId: string; id: string | null } {
  const reference = readAt(text, '/externalId', RequestErrors.invalidBody);
  const message = reference.refusal;
  if (message !== null || reference.externalId === null)
    throw RequestErrors.invalidBody({
      errors: [{ pointer: '/externalId', message: message ?? OURS }],
    });
  const { externalId } = reference;
  return { externalId, id: UUID.test(externalId) ? externalId.toLowerCase() : null };
}

type Fails = (details: { errors: FieldError[] }) => Error;

/** @throws what `fails` makes of a name that no user can have */
export function readAt(text: unknown, pointer: string, fails: Fails): UserReference {
  try {
    if (typeof text !== 'string') throw new UnusableNameError(LENGTH);
    return readReference(text);
  } catch (error) {
    if (!(error instanceof UnusableNameError)) throw error;
    throw fails({ errors: [{ pointer, message: error.message }] });
  }
}

/** Until it changes no more, so that a name has one form however often it was encoded. */
function decoded(text: string): string {
  if (ASCII.test(text) || BEYOND_LATIN_1.test(text)) return text;
  const once = Buffer.from(text, 'latin1').toString('utf8');
  return once === text || once.includes('\ufffd') ? text : decoded(once);
}

/** Only Latin-1 text with a character beyond ASCII can be UTF-8 that was read as Latin-1. */
const ASCII = /^[\0-\x7f]*$/;
const BEYOND_LATIN_1 = /[^\0-\xff]/;
