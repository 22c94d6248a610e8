// Names of servers' tools as a model sees them: legal for every provider, and unique.
import { createHash } from 'node:crypto';
import { legalToolName } from '../../../conversations/parts/index.js';

const MAX_NAME_CHARACTERS = 64;
const DIGEST_CHARACTERS = 8;

interface NamedTool {
  server: string;
  name: string;
}

/**
 * Names each tool `server__tool`. One that another tool has already gets a digest of both names, and
 * so does one with characters that no provider takes. The second of two tools that are the same is
 * left out.
 * @param taken names that are in use
 */
export function namedTools<T extends NamedTool>(
  tools: readonly T[],
  taken: ReadonlySet<string>,
): Map<string, T> {
  const named = new Map<string, T>();
  for (const tool of tools) {
    const plain = legalName(`${tool.server}__${tool.name}`);
    const isFree = (name: string): boolean => !taken.has(name) && !named.has(name);
    const name = isFree(plain) ? plain : withDigest(plain, tool);
    const other = named.get(plain);
    const isSame = other?.server === tool.server && other.name === tool.name;
    if (!isSame && isFree(name)) named.set(name, tool);
  }
  return named;
}

/** Google wants a letter first. */
const legalName = (name: string): string =>
  legalToolName(/^[A-Za-z_]/.test(name) ? name : `mcp_${name}`, MAX_NAME_CHARACTERS);

function withDigest(name: string, { server, name: tool }: NamedTool): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([server, tool]))
    .digest('hex');
  const kept = name.slice(0, MAX_NAME_CHARACTERS - DIGEST_CHARACTERS - 1);
  return `${kept}_${digest.slice(0, DIGEST_CHARACTERS)}`;
}
