// Converts memories and messages to searchable texts.
import { contentWords, fromStoredText } from '../../conversations/parts/index.js';
import type { SearchableText } from '../search/text-index.js';
import { closeJson } from './close-json.js';
import type { IndexedMemory } from './memory-index.repository.js';
import type { IndexedMessage } from './message-index.repository.js';

/** A memory is also found by its tags. */
export const textWithTags = (content: string, tags: string[]): string =>
  tags.length > 0 ? `${content} ${tags.join(' ')}` : content;

export function searchableMemory({
  id,
  content,
  tags,
  kind,
  speaker,
  agentId,
  conversationId,
  at,
}: IndexedMemory & { content: string }): SearchableText {
  // Episodes of a conversation form a sequence; other kinds stand alone.
  const group = kind === 'episode' ? (conversationId ?? `episodes ${agentId ?? ''}`) : '';
  return {
    ref: id,
    text: textWithTags(content, tags),
    speaker,
    group,
    at: Date.parse(at),
  };
}

/** @throws Error when the content is not the JSON that `contentIsJson` promises */
export function searchableMessage(
  { id, role, content, contentIsJson, isCut, speaker, createdAt }: IndexedMessage,
  conversationId: string,
): SearchableText {
  const whole = contentIsJson ? fromStoredText(isCut ? closeJson(content) : content) : content;
  return {
    ref: id,
    text: contentWords(whole),
    speaker: speaker ?? role,
    group: conversationId,
    at: Date.parse(createdAt),
  };
}
