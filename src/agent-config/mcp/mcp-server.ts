// How an MCP server is configured, and the result of a check.
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

/** A tool as the server describes it, unshortened. Do not trust the text. */
export interface McpTool {
  name: string;
  description: string | null;
  /** JSON Schema. */
  inputSchema: Record<string, unknown>;
}

export interface McpContents {
  serverInfo: { name: string; version: string };
  /** Negotiated version, a date. */
  protocolVersion: string;
  tools: McpTool[];
}

/** `ms`: duration, waiting included. `isolation`: how a command was isolated. */
export type McpCheck =
  | (McpContents & { ok: true; isolation?: Isolation; ms: number })
  | { ok: false; reason: McpFaultReason; detail: string; ms: number };

export const MCP_FAULT_REASONS = [
  /** The command or its environment is not allowed for this caller. */
  'not_allowed',
  /** A header or an argument cannot be sent. */
  'invalid',
  /** Connecting to the URL, or to an address of its host, is not allowed. */
  'refused_address',
  /** The server redirects to another origin. */
  'redirected',
  'unauthorized',
  'timeout',
  /** The connection failed, or the command did not start. */
  'unreachable',
  /** The command ended before it had answered. */
  'exited',
  /** The server answered, but not by the protocol. */
  'protocol',
  'too_large',
] as const;
export type McpFaultReason = (typeof MCP_FAULT_REASONS)[number];
