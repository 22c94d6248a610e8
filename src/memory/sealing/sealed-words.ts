// The words of one version of a memory, sealed and opened with a key that was read.
import { createHmac, type KeyObject } from 'node:crypto';
import {
  isSealedText,
  isSealedTextSql,
  ofPlainText,
  openBytesWith,
  openTextWith,
  orNull,
  type OwnedKey,
  sealBytesWith,
  sealSameTextWith,
  sealTextWith,
  toPlainText,
  type VaultPlace,
} from '../../platform/vault/index.js';
import { MAX_NEAR_CHARACTERS } from '../../platform/text/index.js';
import type { NewVersion } from '../memory-row.js';

/** The words of a memory. All are sealed in one value, which the column `content` has. */
interface Words {
  content: string;
  tags: string[];
  metadata: Record<string, unknown> | null;
}

/** A row with words, or with some of them. */
export interface StoredWords {
  id: string;
  content: string | null;
  tags?: string[];
  metadata?: Record<string, unknown> | null;
  reason?: string | null;
  /** Who speaks, by the metadata. */
  speaker?: string | null;
}

/** The key of fingerprints is the service's: they stay the same when users are merged. */
export const FINGERPRINT_PURPOSE = 'threadkeep memory.fingerprint';
export const FINGERPRINT_BYTES = 16;
/** A longer text is near to none, as where it is plain. */
export const MAX_NEAR_BYTES = 4 * MAX_NEAR_CHARACTERS;

/** Versions that are copied keep their values, so the place names no version. */
const placeOf = (id: string, column: 'content' | 'reason'): VaultPlace => ({
  table: 'memory',
  row: id,
  column,
});
const placeOfVector = (memoryId: string): VaultPlace => ({
  table: 'memory_embedding',
  row: memoryId,
  column: 'vector',
});
const PLACE_OF_JOB: VaultPlace = { table: 'job', row: 'memory.bulk_forget', column: 'reason' };

/** Columns with sealed values of memories, for merges of users. */
export const SEALED_COLUMNS = [
  ...(['content', 'reason'] as const).map((column) => ({
    table: 'memory',
    row: 'id',
    key: `id || ' ' || version`,
    column,
    isText: true,
    isSame: true,
    isLarge: true,
  })),
  {
    table: 'memory_embedding',
    row: 'memory_id',
    column: 'vector',
    sealed: `starts_with(model, 'sealed:')`,
    isLarge: true,
  },
];

/** SQL condition: something of the version is sealed. An index has these versions, in this order. */
export const hasSealedSql = (row: string): string =>
  `(${isSealedTextSql(`${row}.content`)} or ${isSealedTextSql(`${row}.reason`)})`;

/** SQL condition: the words of the version are sealed. */
export const isSealedSql = (row: string): string => isSealedTextSql(`${row}.content`);

/** The model of a sealed vector, by the one that made it. */
export const sealedModel = (model: string): string => `sealed:${model}`;
export const plainModel = (model: string): string => model.slice('sealed:'.length);

/** A JSON text has no line break, so the first one ends it. */
const packed = ({ content, tags, metadata }: Words): string =>
  `${JSON.stringify([tags, metadata])}\n${content}`;

function unpacked(text: string): Words {
  const end = text.indexOf('\n');
  const [tags, metadata] = JSON.parse(text.slice(0, end)) as [string[], Words['metadata']];
  return { content: text.slice(end + 1), tags, metadata };
}

export const sealReason = (key: OwnedKey, id: string, reason: string | null): string | null =>
  reason === null ? null : sealTextWith(key, placeOf(id, 'reason'), reason);

export const sealWords = (key: OwnedKey, id: string, words: Words): string =>
  sealSameTextWith(key, placeOf(id, 'content'), packed(words));

/** @param marks the key of fingerprints */
export function sealVersion(key: OwnedKey, marks: KeyObject, version: NewVersion): NewVersion {
  const { id, content, tags, metadata, fingerprint, nearFingerprint } = version;
  return {
    ...version,
    content: sealWords(key, id, { content, tags, metadata }),
    tags: [],
    metadata: null,
    reason: sealReason(key, id, version.reason),
    fingerprint: fingerprint && markOf(marks, fingerprint),
    nearFingerprint: nearFingerprint && nearMarkOf(marks, version, nearFingerprint),
  };
}

/** A plain version as it is stored. */
export const plainVersion = (version: NewVersion): NewVersion => ({
  ...version,
  content: toPlainText(version.content),
  reason: version.reason && toPlainText(version.reason),
});

/** A fingerprint that says nothing without the key. */
export const markOf = (marks: KeyObject, fingerprint: Buffer): Buffer =>
  createHmac('sha256', marks).update(fingerprint).digest().subarray(0, FINGERPRINT_BYTES);

/** The same for near memories: of a long text, one that no other has. */
export const nearMarkOf = (
  marks: KeyObject,
  { id, content }: { id: string; content: string },
  nearFingerprint: string,
): string => {
  const isFar = Buffer.byteLength(content) > MAX_NEAR_BYTES;
  return toNearMark(marks, isFar ? `far ${id}` : `near ${nearFingerprint}`);
};

export const toNearMark = (marks: KeyObject, text: string): string =>
  String(createHmac('sha256', marks).update(text).digest().readBigInt64BE());

export const hasSealed = ({ content, reason = null }: StoredWords): boolean =>
  isSealedText(content) || isSealedText(reason);

/**
 * Fills in the words of a row.
 * @throws AppError `vault.unreadable`
 */
export function openRow<R extends StoredWords>(key: OwnedKey | undefined, row: R): R {
  const { id, content, reason = null } = row;
  const opened = {
    ...openPlain(row),
    ...(isSealedText(reason) && { reason: openTextWith(key, placeOf(id, 'reason'), reason) }),
  };
  if (!isSealedText(content)) return opened;
  const words = unpacked(openTextWith(key, placeOf(id, 'content'), content));
  return {
    ...opened,
    content: words.content,
    ...('tags' in row && { tags: words.tags }),
    ...('metadata' in row && { metadata: words.metadata }),
    ...('speaker' in row && { speaker: speakerOf(words.metadata) }),
  };
}

/** A row without sealed values, as it was given. */
export function openPlain<R extends StoredWords>(row: R): R {
  const { content, reason = null } = row;
  const [shown, why] = [content && ofPlainText(content), reason && ofPlainText(reason)];
  if (shown === content && why === reason) return row;
  return { ...row, content: shown, ...(reason !== null && { reason: why }) };
}

/** As `metadata ->> 'speaker'`, or else `name`. */
export function speakerOf(metadata: Words['metadata']): string | null {
  const value = metadata?.['speaker'] ?? metadata?.['name'] ?? null;
  return value === null || typeof value === 'string' ? value : JSON.stringify(value);
}

/** @returns null when it cannot be opened */
export function importKeyOf(key: OwnedKey | undefined, id: string, sealed: string): string | null {
  const value = orNull(() => unpacked(openTextWith(key, placeOf(id, 'content'), sealed)));
  const importKey = value?.metadata?.['importKey'] ?? null;
  return importKey === null || typeof importKey === 'string'
    ? importKey
    : JSON.stringify(importKey);
}

export const sealVector = (key: OwnedKey, memoryId: string, vector: Buffer): Buffer =>
  sealBytesWith(key, placeOfVector(memoryId), vector);

/** @throws AppError `vault.unreadable` */
export const openVector = (key: OwnedKey | undefined, memoryId: string, sealed: Buffer): Buffer =>
  openBytesWith(key, placeOfVector(memoryId), sealed);

export const sealJobReason = (key: OwnedKey, reason: string): string =>
  sealTextWith(key, PLACE_OF_JOB, reason);

export const openJobReason = (key: OwnedKey | undefined, stored: string): string | null =>
  orNull(() => openTextWith(key, PLACE_OF_JOB, stored));
