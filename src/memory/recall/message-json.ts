import { toMessageDto } from '../../conversations/index.js';
import type { Showable } from './hits.js';
import type { FoundMessage } from './message-index.repository.js';

/** Stands for the content until it is put in: parts are JSON as they are stored, and are not read to be written again. */
const PLACE = '""';

/** As the API shows it. */
export function toShowableMessage(row: FoundMessage): Showable {
  const { id, bytes, content } = row;
  return { id, revision: 0, bytes, json: content === null ? null : jsonOf(row, content) };
}

function jsonOf(row: FoundMessage, content: string): string {
  const { conversationId, contentIsJson, ...message } = row;
  const shown = JSON.stringify(
    toMessageDto(conversationId, { ...message, contentIsJson: false, content: '' }),
  );
  const name = `"content":${PLACE}`;
  const at = shown.indexOf(name) + name.length - PLACE.length;
  return (
    shown.slice(0, at) +
    (contentIsJson ? content : JSON.stringify(content)) +
    shown.slice(at + PLACE.length)
  );
}
