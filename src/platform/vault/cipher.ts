// Authenticated encryption for data keys and values, in one format: version, nonce, ciphertext,
// tag.
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

const FORMAT = 1;
const ALGORITHM = 'aes-256-gcm';
/** Lengths in bytes. Random nonces of 96 bits suffice for four thousand million values per key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD = 1 + NONCE_BYTES;

/**
 * @param bound associated data; not part of the result, and needed again to decrypt
 * @param nonce never the same for two texts under one key
 */
export function encrypt(
  key: KeyObject,
  plaintext: Buffer,
  bound: string[],
  nonce = randomBytes(NONCE_BYTES),
): Buffer {
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(
    associated(bound),
  );
  return Buffer.concat([
    Buffer.of(FORMAT),
    nonce,
    cipher.update(plaintext),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** The key of nonces, beside the key that it is derived from. */
const nonceKeys = new WeakMap<KeyObject, Buffer>();

/**
 * As `encrypt`, but the same text with the same associated data gives the same bytes: its nonce is an
 * HMAC of both, under a key of its own. So who sees two values can tell whether they are the same.
 */
export function encryptSame(key: KeyObject, plaintext: Buffer, bound: string[]): Buffer {
  const nonceKey =
    nonceKeys.get(key) ?? Buffer.from(hkdfSync('sha256', key, '', 'threadkeep nonce', 32));
  nonceKeys.set(key, nonceKey);
  const digest = createHmac('sha256', nonceKey)
    .update(associated(bound))
    .update('\n')
    .update(plaintext)
    .digest();
  return encrypt(key, plaintext, bound, digest.subarray(0, NONCE_BYTES));
}

/** @returns null for anything that `encrypt` did not make with the same key and `bound` */
export function decrypt(key: KeyObject, sealed: Buffer, bound: string[]): Buffer | null {
  if (sealed.length < HEAD + TAG_BYTES || sealed[0] !== FORMAT) return null;
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(1, HEAD), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(associated(bound)).setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(HEAD, -TAG_BYTES)), decipher.final()]);
  } catch {
    return null;
  }
}

/** JSON, so that different lists give different texts. */
const associated = (bound: string[]): Buffer => Buffer.from(JSON.stringify([FORMAT, ...bound]));
