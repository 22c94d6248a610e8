// The format of an entry in Redis: format number, MAC, compression, version and expiry, a line
// break, the body, which may be sealed.
import { type KeyObject, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, deflateRaw, inflateRaw, inflateRawSync } from 'node:zlib';
import type { SigningKeys } from '../signing/index.js';
import { decrypt, encrypt } from '../vault/cipher.js';
import { type EntryId, type CachedValue, cachedValueFromJson } from './cache-entry.js';

const deflate = promisify(deflateRaw);
const inflate = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateRaw);

const FORMAT = '2';
/** The body is sealed. */
const SEALED_FORMAT = '3';
/** The JSON is not compressed. */
const PLAIN = 'j';
/** It is compressed, and decompressed on the event loop. */
const PACKED = 'z';
/** It is compressed, and decompressed in a thread. */
const LARGE = 'Z';

/** From this length, compression costs less time than it saves in transfer. */
export const PACK_FROM_CHARACTERS = 16_000;
/** Below this length, decompression takes less time than handing it to a thread. */
export const LARGE_FROM_CHARACTERS = 256_000;
/** Bounds the bytes that a body may decompress to. A character has at most three. */
const INFLATE_OPTIONS = {
  [PACKED]: { maxOutputLength: 3 * LARGE_FROM_CHARACTERS },
  [LARGE]: { maxOutputLength: 64 * 1024 * 1024 },
};

/** Characters of a MAC in base64url. */
const MAC_LENGTH = 43;
/** Index of the signed part, after the format number and the MAC. */
const SIGNED_FROM = 1 + MAC_LENGTH;

export interface Signer extends Pick<SigningKeys, 'hmac'> {
  /** The key that seals bodies; null when they are stored plain, and sealed ones are misses. */
  readonly sealingKey?: KeyObject | null;
}
export type EntryOwner = Pick<EntryId, 'userId' | 'key'>;

export interface Encoded {
  readonly version: string;
  /** Milliseconds, as Date.now(). */
  readonly expires: number;
  /**
   * Verifies and parses the value. Expensive: call it for entries that are needed only.
   * @returns null when the service did not write it under this key
   */
  open(): Promise<CachedValue | null>;
}

/**
 * Writes an entry as text, because the store speaks JSON. Compressed bytes are base64: JSON would
 * escape half of them otherwise.
 */
export async function encode(
  address: EntryId,
  { value }: CachedValue,
  expires: number,
  signer: Signer,
): Promise<string> {
  const json = JSON.stringify(value);
  const packing =
    json.length < PACK_FROM_CHARACTERS
      ? PLAIN
      : json.length < LARGE_FROM_CHARACTERS
        ? PACKED
        : LARGE;
  const { sealingKey } = signer;
  const bytes = packing === PLAIN ? Buffer.from(json) : await packed(json);
  const body = sealingKey
    ? encrypt(sealingKey, bytes, boundTo(address)).toString('base64')
    : packing === PLAIN
      ? json
      : bytes.toString('base64');
  const signed = `${packing}${JSON.stringify([address.version, expires])}\n${body}`;
  return `${sealingKey ? SEALED_FORMAT : FORMAT}${macOf(address, signed, signer)}${signed}`;
}

/**
 * Reads the head of an entry. Its version and expiry are unverified until `open`: use them only to
 * skip the entry.
 * @returns null for anything but an entry of this format
 */
export function decode(text: unknown, owned: EntryOwner, signer: Signer): Encoded | null {
  // A malformed text can have the same UTF-8 bytes, and so the same MAC, as another one.
  if (typeof text !== 'string' || !isFormat(text[0]) || !text.isWellFormed()) return null;
  const end = text.indexOf('\n');
  const head = end < 0 ? null : parseHead(text.slice(SIGNED_FROM + 1, end));
  return head && { ...head, open: () => open(text, end, owned, signer) };
}

async function open(
  text: string,
  end: number,
  owned: EntryOwner,
  signer: Signer,
): Promise<CachedValue | null> {
  if (!isSame(text.slice(1, SIGNED_FROM), macOf(owned, text.slice(SIGNED_FROM), signer)))
    return null;
  const [packing, body] = [text[SIGNED_FROM], text.slice(end + 1)];
  const isSealed = text[0] === SEALED_FORMAT;
  if (packing === PLAIN && !isSealed) return cachedValueFromJson(body);
  const stored = Buffer.from(body, 'base64');
  const bytes = isSealed ? unsealed(stored, owned, signer) : stored;
  if (bytes === null) return null;
  if (packing === PLAIN) return cachedValueFromJson(bytes.toString());
  const json =
    packing === PACKED
      ? inflateRawSync(bytes, INFLATE_OPTIONS[PACKED])
      : await inflate(bytes, INFLATE_OPTIONS[LARGE]);
  return cachedValueFromJson(json.toString());
}

const isFormat = (format: string | undefined): boolean =>
  format === FORMAT || format === SEALED_FORMAT;

const boundTo = ({ userId, key }: EntryOwner): string[] => ['redis', userId, key];

const unsealed = (bytes: Buffer, owned: EntryOwner, { sealingKey }: Signer): Buffer | null =>
  sealingKey ? decrypt(sealingKey, bytes, boundTo(owned)) : null;

/** The MAC covers the key, so an entry that was copied to another key is not valid. */
const macOf = ({ userId, key }: EntryOwner, signed: string, signer: Signer): string =>
  signer
    .hmac('cache')
    .update(`${JSON.stringify([userId, key])}\n`)
    .update(signed)
    .digest('base64url');

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Level 3 takes no longer than level 1, and compresses better. */
const packed = (json: string): Promise<Buffer> =>
  deflate(Buffer.from(json), { level: constants.Z_BEST_SPEED + 2 });

function parseHead(text: string): Pick<Encoded, 'version' | 'expires'> | null {
  try {
    const [version, expires] = JSON.parse(text) as unknown[];
    return typeof version === 'string' && typeof expires === 'number' ? { version, expires } : null;
  } catch {
    return null;
  }
}
