// Reads and writes which message another one follows. Most follow the one before, and do not say so.
import { isObject, type JsonObject } from './format.js';

/** @returns the place of the parent, 0 for none; `before` unless the message says another one */
export function parentPlace(message: unknown, before: number): number {
  const parent = isObject(message) ? message['parentSeq'] : undefined;
  if (parent === null) return 0;
  return typeof parent === 'number' ? parent : before;
}

/** @param before the place of the message before */
export function withParent(message: JsonObject, parent: number, before: number): JsonObject {
  if (parent !== before) return { ...message, parentSeq: parent === 0 ? null : parent };
  if (!('parentSeq' in message)) return message;
  return Object.fromEntries(Object.entries(message).filter(([name]) => name !== 'parentSeq'));
}
