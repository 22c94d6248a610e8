// Compares messages of a client's history with stored ones.
import { partsOf, type Part, inputText, wordsOf } from '../../../conversations/parts/index.js';
import type { StoredMessage } from '../../../conversations/parts/index.js';
import { canonicalJson } from '../../../platform/input/index.js';

/**
 * Makes a text that is the same for messages that say the same: role, words without white space at
 * both ends, calls with their ids and arguments, results, and media. Reasoning and sources do not
 * count, because most clients do not keep them.
 */
export function comparable(message: StoredMessage): string {
  const texts: string[] = [];
  const others: unknown[] = [];
  for (const part of partsOf(message)) {
    if (part.kind === 'text' || part.kind === 'refusal') texts.push(part.text);
    else if (part.kind !== 'reasoning' && part.kind !== 'source') others.push(valueOf(part));
  }
  return JSON.stringify([message.role, texts.join('').trim(), others]);
}

function valueOf(part: Part): unknown {
  switch (part.kind) {
    case 'tool-call':
    case 'server-tool-call':
      return [part.kind, part.callId, part.name, sameInput(part.input)];
    case 'tool-result':
    case 'server-tool-result':
      return [part.kind, part.callId, part.output.map(valueOf)];
    case 'image':
    case 'audio':
    case 'video':
    case 'file':
      return [part.kind, part.url, part.data, part.fileId, part.text];
    case 'text':
    case 'refusal':
    case 'reasoning':
    case 'source':
    case 'other':
      return wordsOf(part).trim();
  }
}

/** A reply is stored with its input as a value, and given with its JSON text. */
function sameInput(input: unknown): string {
  const text = inputText(input);
  try {
    return canonicalJson(JSON.parse(text));
  } catch {
    return text;
  }
}
