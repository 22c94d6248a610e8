// What an MCP server is configured as, and what a check of it finds out.
import type { Isolation } from './isolation.js';

/** `http` is streamable HTTP. */
export const MCP_TRANSPORTS = ['stdio', 'http', 'sse'] as const;
export type McpTransport = (typeof MCP_TRANSPORTS)[number];

export interface StdioServer {
  transport: 'stdio';
  command: string;
  args: string[];
  env: Record<string, string>;
}

export interface RemoteServer {
  transport: 'http' | 'sse';
  url: string;
  headers: Record<string, string>;
}

export type McpServer = StdioServer | RemoteServer;

/** As the server describes it, shortened nowhere: text from outside, not to be trusted. */
export interface McpTool {
  name: string;
  description: string | null;
  /** JSON Schema. */
  inputSchema: Record<string, unknown>;
}

export interface McpContents {
  serverInfo: { name: string; version: string };
  /** As negotiated, a date. */
  protocolVersion: string;
  tools: McpTool[];
}

/** `ms`: what the check took, its wait for a place included. `isolation`: where a command ran. */
export type McpCheck =
  | (McpContents & { ok: true; isolation?: Isolation; ms: number })
  | { ok: false; reason: McpFaultReason; detail: string; ms: number };

export const MCP_FAULT_REASONS = [
  /** The principal or the operator does not allow the command, or its environment. */
  'not_allowed',
  /** A header or an argument that cannot be sent. */
  'invalid',
  /** The URL, or an address of its host, may not be connected to. */
  'refused_address',
  /** The server redirects to another origin. */
  'redirected',
  'unauthorized',
  'timeout',
  /** No connection, or a command that does not start. */
  'unreachable',
  /** The command ended before it had answered. */
  'exited',
  /** It answers, but not as MCP says. */
  'protocol',
  'too_large',
] as const;
export type McpFaultReason = (typeof MCP_FAULT_REASONS)[number];
