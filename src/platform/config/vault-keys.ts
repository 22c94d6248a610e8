// Reads the keys that wrap data keys: `id:base64` each, the current one first.
import { createSecretKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { readFileOrReport } from './setting-files.js';

/** A KeyObject does not show its key when it is printed. */
export interface VaultKey {
  readonly id: string;
  readonly secret: KeyObject;
}

const KEY = /^(?<id>[A-Za-z0-9][A-Za-z0-9._-]{0,63}):(?<secret>[A-Za-z0-9+/]{43}=)$/;

/**
 * Keys are separated by commas or line breaks; a # begins a comment.
 * @throws RangeError whose message contains nothing of the text
 */
export function parseVaultKeys(text: string): readonly VaultKey[] {
  const words = text
    .replace(/#.*/g, '')
    .split(/[,\r\n]/)
    .map((word) => word.trim())
    .filter((word) => word !== '');
  const keys = words.map(parseKey);
  if (keys.length === 0) throw new RangeError('must name a key');
  if (new Set(keys.map(({ id }) => id)).size < keys.length)
    throw new RangeError('must name each key once');
  return keys;
}

function parseKey(word: string): VaultKey {
  const { id, secret } = KEY.exec(word)?.groups ?? {};
  if (id === undefined || secret === undefined)
    throw new RangeError(
      'must be keys as npx threadkeep keys generate prints them, id:base64 of 32 bytes',
    );
  return { id, secret: createSecretKey(secret, 'base64') };
}

const parsed = (text: string, context: z.core.$RefinementCtx): readonly VaultKey[] => {
  try {
    return parseVaultKeys(text);
  } catch (error) {
    context.addIssue((error as RangeError).message);
    return z.NEVER;
  }
};

export const vaultKeys = z.string().transform(parsed).optional();

export const vaultKeysFileSetting = z
  .string()
  .transform(readFileOrReport)
  .transform(parsed)
  .optional();
