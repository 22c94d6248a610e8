// One write of a message in progress, and what can be told of it before it is stored.
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type AppError, RequestErrors } from '../../../platform/errors/index.js';
import { canonicalJson, words } from '../../../platform/input/index.js';
import { MESSAGE_LIMITS, type MessageContent } from '../message-content.js';
import type { MessageStatus } from '../message.entity.js';
import type { DraftWrite, WrittenMessage } from './drafts.repository.js';
import { countParts, type Piece, toPiece } from './pieces.js';

/** One write of a message in progress. */
export interface MessageChange {
  expectedVersion: number;
  /** What is added at the end; null for nothing. */
  added: MessageContent | null;
  /** What takes the place of all; null keeps what is there. */
  content: MessageContent | null;
  /** Undefined keeps the metadata. */
  metadata: Record<string, unknown> | undefined;
  status: MessageStatus;
  leaseSeconds: number;
}

const DIGEST_BYTES = 16;

export const pieceOf = (given: MessageContent | null): Piece | null =>
  given === null ? null : toPiece(given);

export const toWrite = (
  messageId: string,
  { expectedVersion, metadata, leaseSeconds }: MessageChange,
  piece: Piece | null,
): DraftWrite => ({
  messageId,
  expectedVersion,
  piece,
  storedMetadata: metadata === undefined ? null : JSON.stringify(metadata),
  leaseSeconds,
});

/** Tells whether a write gave no metadata, or what is there. */
export const hasMetadata = (
  there: Record<string, unknown> | null,
  { metadata }: MessageChange,
): boolean => metadata === undefined || isDeepStrictEqual(there ?? {}, metadata);

/** Tells a write from any other one of the same message. */
export const digestOf = ({
  expectedVersion,
  added,
  content,
  metadata,
  status,
}: MessageChange): Buffer => {
  const texts = [added, content].map(pieceOf);
  const write = canonicalJson([expectedVersion, status, metadata ?? null, ...texts]);
  return createHash('sha256').update(write).digest().subarray(0, DIGEST_BYTES);
};

/** Tells whether a write would give a message in progress more parts than it may have. */
export function hasTooManyParts(
  { parts, endsInText }: WrittenMessage,
  { content, added }: MessageChange,
) {
  const { listed, isText } = countParts(pieceOf(content ?? added));
  const before = content === null ? (parts ?? 0) : 0;
  const begins = isText && !(content === null && endsInText === true);
  return before + listed + (begins ? 1 : 0) > MESSAGE_LIMITS.parts;
}

export const tooManyParts = ({ content }: MessageChange): AppError =>
  RequestErrors.invalidBody({
    errors: [
      {
        pointer: content === null ? '/append' : '/content',
        message: `must leave the message with at most ${MESSAGE_LIMITS.parts} parts`,
      },
    ],
  });

export const tooLarge = (bytes: number): AppError =>
  RequestErrors.invalidBody({
    errors: [{ pointer: '/content', message: words.maxBytes(bytes) }],
  });
