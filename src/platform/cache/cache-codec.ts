// How an entry is written in Redis: a version, its MAC, how the body is packed, its stamp and its end, a line break, the body.
import { timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, deflateRaw, inflateRaw, inflateRawSync } from 'node:zlib';
import type { SigningKeys } from '../signing/index.js';
import { type Address, type Held, heldFromJson } from './cache-entry.js';

const deflate = promisify(deflateRaw);
const inflate = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateRaw);

const VERSION = '2';
/** How the JSON of the value is packed: not at all, to be unpacked at once, or beside the event loop. */
const PLAIN = 'j';
const PACKED = 'z';
const LARGE = 'Z';

/** Characters of JSON from which packing costs less than what it saves on the way. */
export const PACK_FROM = 16_000;
/** Up to here unpacking takes less time than handing it to another thread. */
export const LARGE_FROM = 256_000;
/** Bytes that a body may unpack to. A character is at most three. */
const MOST = {
  [PACKED]: { maxOutputLength: 3 * LARGE_FROM },
  [LARGE]: { maxOutputLength: 64 * 1024 * 1024 },
};

/** Characters of a MAC in base64. */
const MAC_LENGTH = 43;
/** Where the signed part begins, after the version and the MAC. */
const SIGNED_FROM = 1 + MAC_LENGTH;

export type Signer = Pick<SigningKeys, 'hmac'>;
export type Owned = Pick<Address, 'userId' | 'key'>;

export interface Encoded {
  readonly stamp: string;
  /** Milliseconds, as Date.now(). */
  readonly expires: number;
  /** The value, or null when the service did not write it under this key. Called for what is wanted only: this is the dear part. */
  open(): Promise<Held | null>;
}

/** A text, because the store below speaks JSON. Base64, because JSON would escape half of what Latin-1 makes of packed bytes. */
export async function encode(
  address: Address,
  { value }: Held,
  expires: number,
  signer: Signer,
): Promise<string> {
  const json = JSON.stringify(value);
  const packing = json.length < PACK_FROM ? PLAIN : json.length < LARGE_FROM ? PACKED : LARGE;
  const signed = `${packing}${JSON.stringify([address.stamp, expires])}\n${packing === PLAIN ? json : await packed(json)}`;
  return `${VERSION}${macOf(address, signed, signer)}${signed}`;
}

/**
 * What lies under a key. Stamp and end are not proven before it is opened: believe no more of them than that there is nothing to open.
 * @returns null for what is no entry of this version
 */
export function decode(text: unknown, owned: Owned, signer: Signer): Encoded | null {
  // A text that is not well-formed would have the bytes, and so the MAC, of another one.
  if (typeof text !== 'string' || text[0] !== VERSION || !text.isWellFormed()) return null;
  const end = text.indexOf('\n');
  const head = end < 0 ? null : headOf(text.slice(SIGNED_FROM + 1, end));
  return head && { ...head, open: () => open(text, end, owned, signer) };
}

async function open(text: string, end: number, owned: Owned, signer: Signer): Promise<Held | null> {
  if (!isSame(text.slice(1, SIGNED_FROM), macOf(owned, text.slice(SIGNED_FROM), signer)))
    return null;
  const [packing, body] = [text[SIGNED_FROM], text.slice(end + 1)];
  if (packing === PLAIN) return heldFromJson(body);
  const bytes = Buffer.from(body, 'base64');
  const json =
    packing === PACKED ? inflateRawSync(bytes, MOST[PACKED]) : await inflate(bytes, MOST[LARGE]);
  return heldFromJson(json.toString());
}

/** Over the key, too: an entry is none anywhere else. */
const macOf = ({ userId, key }: Owned, signed: string, signer: Signer): string =>
  signer
    .hmac('cache')
    .update(`${JSON.stringify([userId, key])}\n`)
    .update(signed)
    .digest('base64url');

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

async function packed(json: string): Promise<string> {
  // A third level takes no longer than the first, and makes less.
  return (await deflate(Buffer.from(json), { level: constants.Z_BEST_SPEED + 2 })).toString(
    'base64',
  );
}

function headOf(text: string): Pick<Encoded, 'stamp' | 'expires'> | null {
  try {
    const [stamp, expires] = JSON.parse(text) as unknown[];
    return typeof stamp === 'string' && typeof expires === 'number' ? { stamp, expires } : null;
  } catch {
    return null;
  }
}
