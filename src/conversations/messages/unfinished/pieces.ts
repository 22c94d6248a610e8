// What a message in progress says: the pieces of its writes, in order, joined to one content.
import { fromStoredText, type RawObject, toStoredText } from '../../parts/index.js';
import type { MessageContent } from '../message-content.js';

/** A text, or the JSON text of a list of parts. */
export interface Piece {
  isJson: boolean;
  content: string;
}

export const toPiece = (content: MessageContent): Piece =>
  typeof content === 'string'
    ? { isJson: false, content }
    : { isJson: true, content: toStoredText(content) };

/**
 * Joins pieces. Texts alone give a text. Once there are parts, a text goes to the end of the text
 * part before it, or becomes a part.
 */
export function joinPieces(pieces: readonly Piece[]): MessageContent {
  const parts: RawObject[] = [];
  const texts: string[] = [];
  for (const { isJson, content } of pieces) {
    if (!isJson) {
      texts.push(content);
      continue;
    }
    addText(parts, texts.splice(0).join(''));
    for (const part of fromStoredText(content)) parts.push(part);
  }
  const hasParts = pieces.some(({ isJson }) => isJson);
  const rest = texts.join('');
  if (!hasParts) return rest;
  addText(parts, rest);
  return parts;
}

function addText(parts: RawObject[], text: string): void {
  if (text === '') return;
  const last = parts.at(-1);
  if (last && isPlainText(last)) parts[parts.length - 1] = { ...last, text: last.text + text };
  else parts.push({ type: 'text', text });
}

/** A part with other fields may be signed, or cached up to here: nothing is added to it. */
const isPlainText = (part: RawObject): part is { type: 'text'; text: string } =>
  part['type'] === 'text' && typeof part['text'] === 'string' && Object.keys(part).length === 2;

/** What a piece adds to the number of parts of a message. */
export interface PieceParts {
  /** Parts of a list. */
  listed: number;
  /** Whether it is a text, which becomes a part unless it goes on with a text. */
  isText: boolean;
  /** Whether a text behind it goes on with its own; null for a piece that adds nothing. */
  endsInText: boolean | null;
}

const NO_PARTS: PieceParts = { listed: 0, isText: false, endsInText: null };

export function countParts(piece: Piece | null): PieceParts {
  if (piece === null || (!piece.isJson && piece.content === '')) return NO_PARTS;
  if (!piece.isJson) return { listed: 0, isText: true, endsInText: true };
  const parts = fromStoredText(piece.content);
  const last = parts.at(-1);
  return last === undefined
    ? NO_PARTS
    : { listed: parts.length, isText: false, endsInText: isPlainText(last) };
}
