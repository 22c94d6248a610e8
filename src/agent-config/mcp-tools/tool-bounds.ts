// Keeps the descriptions of tools within bounds. A server may be hostile: nothing it says is trusted.
import type { McpTool } from '../mcp/mcp-server.js';

const MAX_NAME_CHARACTERS = 200;
const MAX_DESCRIPTION_CHARACTERS = 4_000;
const MAX_SCHEMA_BYTES = 32_768;
const MAX_SCHEMA_DEPTH = 40;
/** Tools of one server, and bytes of their descriptions and schemas, that are offered. */
const MAX_TOOLS = 128;
const MAX_TOOLS_BYTES = 262_144;

/** Characters that hide text from a person, or show it in another order. */
const HIDDEN = /[^\P{Cc}\n\t]|[\p{Bidi_Control}\u{E0000}-\u{E007F}]/gu;
/** Texts that some providers refuse, in JSON: NUL and halves of characters. */
const UNSENDABLE = /\\u(?:0000|d[89a-f])/;

/**
 * Returns the tools that can be offered to a model, with shortened descriptions. A tool whose name or
 * schema is too long is left out, and so are those above the limits of the server.
 */
export function boundedTools(tools: readonly McpTool[]): McpTool[] {
  const kept: McpTool[] = [];
  let bytes = 0;
  for (const { name, description, inputSchema } of tools) {
    if (name === '' || name.length > MAX_NAME_CHARACTERS) continue;
    if (depthOf(inputSchema, MAX_SCHEMA_DEPTH) > MAX_SCHEMA_DEPTH) continue;
    const schema = JSON.stringify(inputSchema);
    const schemaBytes = Buffer.byteLength(schema);
    if (schemaBytes > MAX_SCHEMA_BYTES || UNSENDABLE.test(schema)) continue;
    const words = description === null ? null : shown(description);
    bytes += schemaBytes + Buffer.byteLength(words ?? '');
    if (kept.length === MAX_TOOLS || bytes > MAX_TOOLS_BYTES) break;
    kept.push({ name, description: words, inputSchema });
  }
  return kept;
}

const shown = (text: string): string =>
  text.slice(0, MAX_DESCRIPTION_CHARACTERS).toWellFormed().replace(HIDDEN, '');

/** Levels of a value, counted up to one more than `most`. */
function depthOf(value: unknown, most: number): number {
  let level: unknown[] = [value];
  for (let depth = 0; ; depth++) {
    const next: unknown[] = [];
    for (const one of level)
      if (typeof one === 'object' && one !== null)
        for (const part of Object.values(one)) next.push(part);
    if (level.every((one) => typeof one !== 'object' || one === null)) return depth;
    if (depth >= most) return depth + 1;
    level = next;
  }
}
