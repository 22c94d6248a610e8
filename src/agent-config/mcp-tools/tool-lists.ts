// Remembers for a short time which tools the servers have, so that not every turn asks them.
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { McpTool } from '../mcp/mcp-server.js';

const TTL_MS = 60_000;
/** A server that cannot be asked is not asked again by each turn. */
const FAILURE_TTL_MS = 15_000;
const MAX_BYTES = 16 * 1024 * 1024;
/** Bytes that an entry counts as, beside its tools. */
const ENTRY_BYTES = 200;

interface KnownList {
  /** Null when the server could not be asked. */
  tools: readonly McpTool[] | null;
}

/** Ids of servers are never used again, and each change of a server counts its version up. */
interface ServerVersion {
  id: string;
  version: number;
}

@Injectable()
export class ToolLists {
  private readonly lists = new LRUCache<string, KnownList>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ tools }) =>
      ENTRY_BYTES + (tools === null ? 0 : Buffer.byteLength(JSON.stringify(tools))),
  });

  /** Returns undefined when nothing is known. */
  find(server: ServerVersion): KnownList | undefined {
    return this.lists.get(keyOf(server));
  }

  /** @param tools null when the server could not be asked */
  keep(server: ServerVersion, tools: readonly McpTool[] | null): void {
    const ttl = tools === null ? FAILURE_TTL_MS : TTL_MS;
    this.lists.set(keyOf(server), { tools }, { ttl });
  }
}

const keyOf = ({ id, version }: ServerVersion): string => `${id}.${version}`;
