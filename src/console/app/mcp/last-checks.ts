// The last check of each MCP server. The service keeps none, so the page does, until signing out.
import { useState } from 'preact/hooks';
import type { Threadkeep } from '../../../../clients/typescript/src/index.js';
import { useSession } from '../session.js';
import type { McpCheck } from './mcp-calls.js';

export interface LastCheck {
  /** RFC 3339. */
  readonly at: string;
  readonly check: McpCheck;
}

/** By the client of the session and the id of the server. */
const known = new WeakMap<Threadkeep, Map<string, LastCheck>>();

/** @returns how to read the last check of a server, and how to keep one, which shows it */
export function useLastChecks() {
  const { service } = useSession();
  const [, setRound] = useState(0);
  const checks = known.get(service) ?? new Map<string, LastCheck>();
  const keep = (serverId: string, check: McpCheck) => {
    known.set(service, checks.set(serverId, { at: new Date().toISOString(), check }));
    setRound((last) => last + 1);
  };
  return { of: (serverId: string) => checks.get(serverId), keep };
}
