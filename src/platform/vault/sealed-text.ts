// Sealed values in columns of texts, beside plain ones.
import { encryptSame } from './cipher.js';
import type { OwnedKey } from './data-keys.js';
import { bound, openWith, sealWith, type VaultPlace } from './vault.js';

const MARK = ':sealed:';
/** Every sealed text begins with it, and no plain one that is stored. */
const SEALED_TEXT = `${MARK}1:`;
/** Stands before a plain text that begins as a sealed one may. */
const ESCAPE = `${MARK}0:`;

export const isSealedText = (stored: string | null): stored is string =>
  stored !== null && stored.startsWith(SEALED_TEXT);

/** SQL condition: the text is sealed. */
export const isSealedTextSql = (column: string): string =>
  `starts_with(${column}, '${SEALED_TEXT}')`;

/** SQL condition: the text is plain. Reads only its beginning, and is in no index. */
export const isPlainTextSql = (column: string): string =>
  `substr(${column}, 1, ${SEALED_TEXT.length}) <> '${SEALED_TEXT}'`;

/** As `sealWith`, for a column of texts: 4/3 of the bytes, and 49 more. */
export const sealTextWith = (key: OwnedKey, place: VaultPlace, text: string): string =>
  toSealedText(sealWith(key, place, text));

/**
 * The same for the same text in the same place, so that the database can tell whether versions of a
 * row differ.
 */
export const sealSameTextWith = (
  { owner, key }: OwnedKey,
  place: VaultPlace,
  text: string,
): string => toSealedText(encryptSame(key, Buffer.from(text, 'utf8'), bound(owner, place)));

/** As `openWith`. @throws AppError `vault.unreadable` */
export const openTextWith = (
  key: OwnedKey | null | undefined,
  place: VaultPlace,
  stored: string,
): string => openWith(key, place, bytesOfSealedText(stored));

export const toSealedText = (sealed: Buffer): string => SEALED_TEXT + sealed.toString('base64');

export const bytesOfSealedText = (stored: string): Buffer =>
  Buffer.from(stored.slice(SEALED_TEXT.length), 'base64');

/** A plain text as it is stored. */
export const toPlainText = (text: string): string => (text.startsWith(MARK) ? ESCAPE + text : text);

/** A plain text as it was given. */
export const ofPlainText = (stored: string): string =>
  stored.startsWith(ESCAPE) ? stored.slice(ESCAPE.length) : stored;
