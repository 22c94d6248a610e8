// Finds which calls and results of server tools belong together.
import type { Dialect, Part, ToolCallPart, ToolResultPart } from './part.js';

export type ServerPart = (ToolCallPart | ToolResultPart) & {
  kind: 'server-tool-call' | 'server-tool-result';
};
export const isServerPart = (part: Part): part is ServerPart =>
  part.kind === 'server-tool-call' || part.kind === 'server-tool-result';

/** Returns a test for the server parts that a dialect gets back as they are stored. */
export const isServerPartOf =
  (dialect: Dialect) =>
  (part: Part): boolean =>
    part.dialect === dialect && part.original !== null && isServerPart(part);

/**
 * Returns the calls and results of one turn whose other side is in the same turn. Those without an
 * id belong to the last open call of their name.
 */
export function serverPairs(parts: readonly Part[]): ReadonlySet<Part> {
  const calls = new Map<string, Part>();
  const pairs = new Set<Part>();
  for (const part of parts) {
    if (!isServerPart(part)) continue;
    const key = part.callId === null ? `name ${part.name}` : `id ${part.callId}`;
    const call = calls.get(key);
    if (part.kind === 'server-tool-call') calls.set(key, part);
    else if (call) {
      pairs.add(call).add(part);
      calls.delete(key);
    }
  }
  return pairs;
}
