// Authenticated encryption for data keys and values, in one format: version, nonce, ciphertext,
// tag.
import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

const FORMAT = 1;
const ALGORITHM = 'aes-256-gcm';
/** Lengths in bytes. Random nonces of 96 bits suffice for four thousand million values per key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD = 1 + NONCE_BYTES;

/** @param bound associated data; not part of the result, and needed again to decrypt */
export function encrypt(key: KeyObject, plaintext: Buffer, bound: string[]): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
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
