// What one message says, sealed and opened with a key that was read.
import {
  isSealedText,
  isSealedTextSql,
  ofPlainText,
  openTextWith,
  type OwnedKey,
  type SealedColumn,
  sealTextWith,
  toPlainText,
  type VaultPlace,
} from '../../platform/vault/index.js';

/** Content and metadata of a message. Both are sealed in one value, which the column `content` has. */
export interface Said {
  /** A text, or the JSON text of parts. */
  content: string;
  metadata: Record<string, unknown> | null;
}

/** A message in the form in which it is stored. */
export interface StorableMessage {
  storedContent: string;
  /** JSON text. */
  storedMetadata: string | null;
}

/**
 * The place of what every message of a user says: a fork copies values as they are. Who can write to
 * the database can exchange the numbers of two messages anyway.
 */
const PLACE: VaultPlace = { table: 'message', row: '', column: 'content' };

export const SAID_COLUMN: SealedColumn = {
  ...PLACE,
  row: 'id',
  place: PLACE.row,
  isText: true,
  isLarge: true,
  isLong: true,
};

/** SQL condition: what the message says is sealed. An index has these messages. */
export const isSealedSaidSql = (row: string): string => isSealedTextSql(`${row}.content`);

/** The database finds pinned messages, so this much of the metadata stays plain. */
const PINNED = '{"pinned":true}';

/** Bytes of a sealed text beside those in base64: the mark. And of a sealed value beside its text. */
const MARK_BYTES = 10;
const OVERHEAD_BYTES = 29;

/** An empty message without metadata says nothing. */
const isNothing = ({ storedContent, storedMetadata }: StorableMessage): boolean =>
  storedContent === '' && storedMetadata === null;

/** @param text JSON of metadata */
const isPinned = (text: string | null): boolean =>
  text?.includes('"pinned":true') === true &&
  (JSON.parse(text) as Record<string, unknown>)['pinned'] === true;

/** Metadata is JSON without line breaks, so the first line break ends it. */
const packed = ({ storedContent, storedMetadata }: StorableMessage): string =>
  `${storedMetadata ?? ''}\n${storedContent}`;

export function sealSaid<M extends StorableMessage>(key: OwnedKey, message: M): M {
  if (isNothing(message)) return message;
  return {
    ...message,
    storedContent: sealTextWith(key, PLACE, packed(message)),
    storedMetadata: isPinned(message.storedMetadata) ? PINNED : null,
  };
}

export const plainSaid = <M extends StorableMessage>(message: M): M => {
  const storedContent = toPlainText(message.storedContent);
  return storedContent === message.storedContent ? message : { ...message, storedContent };
};

/** The bytes that a message takes when it is stored. */
export function storedBytes(message: StorableMessage, isSealed: boolean): number {
  const { storedContent, storedMetadata } = message;
  const metadataBytes = storedMetadata === null ? 0 : Buffer.byteLength(storedMetadata);
  if (isNothing(message)) return 0;
  if (!isSealed) return Buffer.byteLength(toPlainText(storedContent)) + metadataBytes;
  const said = metadataBytes + 1 + Buffer.byteLength(storedContent);
  const pinned = isPinned(storedMetadata) ? PINNED.length : 0;
  return MARK_BYTES + 4 * Math.ceil((said + OVERHEAD_BYTES) / 3) + pinned;
}

/** @throws AppError `vault.unreadable` */
export function openSaid(key: OwnedKey | undefined, stored: string): Said {
  const text = openTextWith(key, PLACE, stored);
  const end = text.indexOf('\n');
  const metadata = end === 0 ? null : (JSON.parse(text.slice(0, end)) as Said['metadata']);
  return { content: text.slice(end + 1), metadata };
}

/** A row with what its message says. */
export interface StoredRow {
  /** Null when it was left out. */
  content: string | null;
  metadata?: Record<string, unknown> | null;
}

export const isSealedRow = ({ content }: StoredRow): boolean => isSealedText(content);

/** A row whose message is not sealed, as it was given. */
export function openPlainRow<R extends StoredRow>(row: R): R {
  const content = row.content && ofPlainText(row.content);
  return content === row.content ? row : { ...row, content };
}

export const withSaid = <R extends StoredRow>(row: R, { content, metadata }: Said): R => ({
  ...row,
  content,
  ...('metadata' in row && { metadata }),
});
