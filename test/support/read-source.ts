// Reads a value that stands alone, for specs.
import {
  type SourceConversation,
  type SourceItem,
  SourceReader,
} from '../../src/conversations/import/formats/index.js';

export function readAll(...values: unknown[]): SourceItem[] {
  const reader = new SourceReader();
  const items = values.flatMap((value) => reader.read(value, JSON.stringify(value)));
  return [...items, ...reader.end()];
}

/** @throws Error unless it is exactly one conversation, with or without memories */
export function readConversation(value: unknown, text?: string): SourceConversation {
  const reader = new SourceReader();
  const items = [...reader.read(value, text ?? JSON.stringify(value)), ...reader.end()];
  const [conversation, ...others] = items.filter((item) => item.kind === 'conversation');
  if (!conversation || others.length > 0) throw new Error(`${items.length} items were read`);
  return conversation;
}
