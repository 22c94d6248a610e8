// Makes a text for a model of what a tool gave.
import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/sdk/types.js';
import { storableText } from '../../platform/input/index.js';
import type { ToolOutput } from './server-tool.js';

/** Bytes of one result, as JSON. A longer one is cut, and says so. */
export const MAX_OUTPUT_BYTES = 65_536;

/** Characters behind the cut that are looked at, so that no part of a secret is left. */
const MARGIN_CHARACTERS = 131_072;

/**
 * Images, sounds and other bytes are not given to the model: a mark says what was there.
 * @param hide removes secrets
 */
export function outputOf(
  { content, structuredContent, isError }: CallToolResult,
  hide: (text: string) => string,
): ToolOutput {
  const texts = content.map(textOf);
  const isEmpty = texts.every((text) => text === '');
  const text =
    isEmpty && structuredContent !== undefined
      ? JSON.stringify(structuredContent)
      : texts.join('\n');
  return { text: limited(text, hide), isError: isError === true };
}

function textOf(block: ContentBlock): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'image':
    case 'audio':
      return leftOut(block.type, block.mimeType, block.data);
    case 'resource': {
      const { resource } = block;
      if ('text' in resource) return resource.text;
      return leftOut('file', resource.mimeType ?? 'application/octet-stream', resource.blob);
    }
    case 'resource_link':
      return `[link to ${block.name}: ${block.uri}]`;
  }
}

const leftOut = (kind: string, mediaType: string, base64: string): string =>
  `[${kind} ${mediaType}, ${Math.floor((base64.length * 3) / 4)} bytes, left out]`;

/** Cuts a text to bytes of its JSON, within no character, and marks the cut. */
export function limited(text: string, hide: (text: string) => string): string {
  const maxBytes = MAX_OUTPUT_BYTES;
  const read = text.slice(0, maxBytes + MARGIN_CHARACTERS);
  // A character has one byte at least.
  const kept = storableText(hide(read)).slice(0, maxBytes);
  if (text.length <= maxBytes && jsonBytes(kept) <= maxBytes) return kept;
  const mark = `\n[cut: this is the beginning of ${text.length} characters]`;
  let low = 0;
  let high = kept.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (jsonBytes(kept.slice(0, middle) + mark) <= maxBytes) low = middle;
    else high = middle - 1;
  }
  const isHalf = /[\ud800-\udbff]$/.test(kept.slice(0, low));
  return kept.slice(0, isHalf ? low - 1 : low) + mark;
}

const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text));
