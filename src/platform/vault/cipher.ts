// Authenticated encryption in one format, for data keys and for values: version, nonce, ciphertext, tag.
import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

const VERSION = 1;
const ALGORITHM = 'aes-256-gcm';
/** Bytes of each. By chance, nonces of 96 bits do for four thousand million values of a key. */
const NONCE = 12;
const TAG = 16;
const HEAD = 1 + NONCE;

/** `bound` is not in the result: it opens only where the same is said again. */
export function encrypt(key: KeyObject, plaintext: Buffer, bound: string[]): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG }).setAAD(
    associated(bound),
  );
  return Buffer.concat([
    Buffer.of(VERSION),
    nonce,
    cipher.update(plaintext),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** Null for anything `encrypt` did not make with the same key and `bound`; why, nobody needs to know. */
export function decrypt(key: KeyObject, sealed: Buffer, bound: string[]): Buffer | null {
  if (sealed.length < HEAD + TAG || sealed[0] !== VERSION) return null;
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(1, HEAD), {
    authTagLength: TAG,
  });
  decipher.setAAD(associated(bound)).setAuthTag(sealed.subarray(-TAG));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(HEAD, -TAG)), decipher.final()]);
  } catch {
    return null;
  }
}

/** As JSON, no two lists are the same text. */
const associated = (bound: string[]): Buffer => Buffer.from(JSON.stringify([VERSION, ...bound]));
