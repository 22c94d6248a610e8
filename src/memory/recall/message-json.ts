import { toMessageDto } from '../../conversations/index.js';
import type { HitRow } from './hits.js';
import type { FoundMessage } from './message-index.repository.js';

/**
 * Stands for the content until it is inserted. Stored parts are JSON already, and are not parsed to
 * be written again.
 */
const CONTENT_PLACEHOLDER = '""';

/** Converts a row to the JSON that the API returns. */
export function toMessageHit(row: FoundMessage): HitRow {
  const { id, seq, bytes, content, conversationId, createdAt, isBranched } = row;
  return {
    ...{ id, revision: 0, bytes, place: { conversationId, seq, createdAt, isBranched } },
    json: content === null ? null : toJson(row, content),
  };
}

function toJson(row: FoundMessage, content: string): string {
  const { conversationId, contentIsJson, ...message } = row;
  const shown = JSON.stringify(
    toMessageDto(conversationId, { ...message, contentIsJson: false, content: '' }),
  );
  const name = `"content":${CONTENT_PLACEHOLDER}`;
  const at = shown.indexOf(name) + name.length - CONTENT_PLACEHOLDER.length;
  return (
    shown.slice(0, at) +
    (contentIsJson ? content : JSON.stringify(content)) +
    shown.slice(at + CONTENT_PLACEHOLDER.length)
  );
}
