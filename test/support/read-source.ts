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

type Sent = Record<string, unknown>;

/** Returns the messages of an import that end with its head, or else with the last one. */
export function pathIn(messages: unknown, headSeq: unknown): Sent[] {
  const all = messages as Sent[];
  const path: Sent[] = [];
  let place = typeof headSeq === 'number' ? headSeq : all.length;
  while (place > 0) {
    const message = all[place - 1]!;
    path.push(message);
    const { parentSeq = place - 1 } = message as { parentSeq?: number | null };
    if (parentSeq !== null && parentSeq >= place) throw new Error(`${place} follows ${parentSeq}`);
    place = parentSeq ?? 0;
  }
  return path.reverse();
}
