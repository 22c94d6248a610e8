// Names of users: by our id, or by the application's id. The two cannot be confused.
import { LRUCache } from 'lru-cache';
import { type FieldError, RequestErrors } from '../errors/index.js';

/** The longest externalId, in characters. */
export const EXTERNAL_ID_MAX_CHARACTERS = 255;

/** Marks a name as an externalId, whatever its form. */
const EXTERNAL = 'external:';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * What programs write when a value is missing. If these were accepted as names, all such requests
 * would share one user.
 */
const NOTHING =
  /^(undefined|null|nil|none|nan|empty|true|false|n\/a|[(<]?(null|nil|none|undefined)[)>]?|\[object \w*\]|\{\}|\[\]|""|''|0{8}-(0{4}-){3}0{12})$/i;

/** Control characters, line separators, and lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\ufffd]/u;

/** The form of an externalId in the API document: no control characters, and not only spaces. */
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
  /** The text as it was given. */
  readonly text: string;
  /** Our id, if the text may be one. */
  readonly id: string | null;
  /** The application's id in its stored form, if the text may be one. */
  readonly externalId: string | null;
  /** The application's id as written, for users that were stored before names were normalised. */
  readonly written: string | null;
  /** Why no user is created under this name, although one may exist. */
  readonly refusal: string | null;
}

/** A text that cannot be a name, and why. */
export class UnusableNameError extends Error {
  override readonly name = 'UnusableNameError';
}

/**
 * Normalises a name: decodes UTF-8 that was read as Latin-1, as in headers; then Unicode NFC
 * without surrounding spaces.
 * @throws UnusableNameError for a text that cannot be a name
 */
export function normalName(text: string): string {
  const name = decoded(text).normalize('NFC').trim();
  if (UNSAFE.test(name))
    throw new UnusableNameError('must be well-formed text without control characters');
  if (name === '') throw new UnusableNameError(EMPTY);
  if ([...name].length > EXTERNAL_ID_MAX_CHARACTERS + EXTERNAL.length)
    throw new UnusableNameError(LENGTH);
  return name;
}

const HINT = 'send the id by which your application knows the user';
const EMPTY = `is empty; ${HINT}`;
const LENGTH = `must be one user id or externalId of 1 to ${EXTERNAL_ID_MAX_CHARACTERS} characters`;

/** Caches readings, because every request has a name, and names repeat. */
const read = new LRUCache<string, UserReference>({ max: 10_000 });

/**
 * @param text the value of a header, decoded once
 * @throws UnusableNameError as `normalName` does
 */
export function readReference(text: string): UserReference {
  const known = read.get(text);
  if (known) return known;
  const reference = parsed(text);
  if (text.length <= 2 * EXTERNAL_ID_MAX_CHARACTERS) read.set(text, reference);
  return reference;
}

function parsed(text: string): UserReference {
  const name = normalName(text);
  const written = text.trim();
  const isExplicit = name.startsWith(EXTERNAL);
  const own = isExplicit ? name.slice(EXTERNAL.length).trim() : name;
  if (own === '' || [...own].length > EXTERNAL_ID_MAX_CHARACTERS)
    throw new UnusableNameError(LENGTH);
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

/**
 * The form in which a name is stored.
 * @throws AppError 422 at `/externalId` for a name that is refused
 */
export function storableExternalId(text: string): { externalId: string; id: string | null } {
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

/** @param fails makes the error for a text that cannot be a name */
export function readAt(text: unknown, pointer: string, fails: Fails): UserReference {
  try {
    if (typeof text !== 'string') throw new UnusableNameError(LENGTH);
    return readReference(text);
  } catch (error) {
    if (!(error instanceof UnusableNameError)) throw error;
    throw fails({ errors: [{ pointer, message: error.message }] });
  }
}

/** Decodes until nothing changes, so that a name that was encoded several times has one form. */
function decoded(text: string): string {
  if (ASCII.test(text) || BEYOND_LATIN_1.test(text)) return text;
  const once = Buffer.from(text, 'latin1').toString('utf8');
  return once === text || once.includes('\ufffd') ? text : decoded(once);
}

/** Only Latin-1 text with a character beyond ASCII can be UTF-8 that was read as Latin-1. */
const ASCII = /^[\0-\x7f]*$/;
const BEYOND_LATIN_1 = /[^\0-\xff]/;
