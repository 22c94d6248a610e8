// How an entry is written in Redis: a version, how the body is packed, the address, a line break, the body.
import { promisify } from 'node:util';
import { constants, deflateRaw, inflateRaw, inflateRawSync } from 'node:zlib';
import { type Address, type Held, heldFromJson } from './cache-entry.js';

const deflate = promisify(deflateRaw);
const inflate = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateRaw);

const VERSION = '1';
/** How the JSON of the value is packed: not at all, to be unpacked at once, or beside the event loop. */
const PLAIN = 'j';
const PACKED = 'z';
const LARGE = 'Z';
const PACKINGS = [PLAIN, PACKED, LARGE];

/** Characters of JSON from which packing costs less than what it saves on the way. */
export const PACK_FROM = 16_000;
/** Up to here unpacking takes less time than handing it to another thread. */
export const LARGE_FROM = 256_000;
/** Bytes: a small poisoned entry must not unpack to a large one. A character is at most three. */
const MOST = { [PACKED]: { maxOutputLength: 3 * LARGE_FROM }, [LARGE]: { maxOutputLength: 64 * 1024 * 1024 } };

export interface Encoded {
  readonly address: Address;
  /** Rejects when the body is damaged. Called for what is wanted only: unpacking is the dear part. */
  open(): Promise<Held>;
}

/** A text, because the store below speaks JSON. Base64, because JSON would escape half of what Latin-1 makes of packed bytes. */
export async function encode({ userId, key, stamp }: Address, { value }: Held): Promise<string> {
  const json = JSON.stringify(value);
  const head = (packing: string) => `${VERSION}${packing}${JSON.stringify([userId, key, stamp])}\n`;
  if (json.length < PACK_FROM) return head(PLAIN) + json;
  // A third level takes no longer than the first, and makes less.
  const packed = await deflate(Buffer.from(json), { level: constants.Z_BEST_SPEED + 2 });
  return head(json.length < LARGE_FROM ? PACKED : LARGE) + packed.toString('base64');
}

/** Null for what is no entry of this version. */
export function decode(text: unknown): Encoded | null {
  if (typeof text !== 'string' || text[0] !== VERSION) return null;
  const end = text.indexOf('\n');
  const address = addressOf(text.slice(2, end));
  const packing = text[1]!;
  if (end < 0 || !address || !PACKINGS.includes(packing)) return null;
  return { address, open: () => open(packing, text.slice(end + 1)) };
}

async function open(packing: string, body: string): Promise<Held> {
  if (packing === PLAIN) return heldFromJson(body);
  const packed = Buffer.from(body, 'base64');
  const json = packing === PACKED ? inflateRawSync(packed, MOST[PACKED]) : await inflate(packed, MOST[LARGE]);
  return heldFromJson(json.toString());
}

function addressOf(text: string): Address | null {
  try {
    const [userId, key, stamp] = JSON.parse(text) as unknown[];
    return typeof userId === 'string' && typeof key === 'string' && typeof stamp === 'string' ? { userId, key, stamp } : null;
  } catch {
    return null;
  }
}
