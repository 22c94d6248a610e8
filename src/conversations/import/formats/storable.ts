// Replaces what the server cannot store, so that one odd character does not cost a conversation.
import { isObject, type ImportBody, type JsonObject } from './format.js';

/** Lists of parts, which the server keeps as they are. */
const PARTS = new Set(['content', 'parts', 'tool_calls']);

/**
 * Puts U+FFFD in the place of NUL and lone surrogates. Parts of messages stay as they are.
 * @returns the body, and the number of texts that were changed
 */
export function toStorable({ messages, ...fields }: ImportBody): {
  body: ImportBody;
  replaced: number;
} {
  const replacer = new Replacer();
  const body = {
    ...(replacer.replace(fields) as Omit<ImportBody, 'messages'>),
    messages: Array.isArray(messages)
      ? messages.map((message) => replacer.message(message))
      : messages,
  } as ImportBody;
  return { body, replaced: replacer.count };
}

class Replacer {
  count = 0;

  /** An item without a role becomes a part as a whole. */
  message(message: unknown): unknown {
    if (!isObject(message) || !('role' in message)) return message;
    return this.fields(message, (name, value) => PARTS.has(name) && Array.isArray(value));
  }

  replace(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.replace(item));
    return isObject(value) ? this.fields(value, () => false) : value;
  }

  private fields(
    object: JsonObject,
    isKept: (name: string, value: unknown) => boolean,
  ): JsonObject {
    let isChanged = false;
    const fields = Object.keys(object).map((name) => {
      const value = object[name];
      const field = [this.text(name), isKept(name, value) ? value : this.replace(value)] as const;
      isChanged ||= field[0] !== name || field[1] !== value;
      return field;
    });
    return isChanged ? Object.fromEntries(fields) : object;
  }

  private text(text: string): string {
    if (text.isWellFormed() && !text.includes('\u0000')) return text;
    this.count++;
    return text.toWellFormed().replaceAll('\u0000', '\ufffd');
  }
}
