// Rows of MCP servers, and their opened secrets.

import type { McpTransport } from '../mcp/mcp-server.js';

/** Places of secrets: headers and query parameters of a URL, or the environment of a command. */
export const SECRET_PLACES = ['headers', 'query', 'env'] as const;
export type SecretPlace = (typeof SECRET_PLACES)[number];

/** Names by place, in the order in which they were sent. */
export type SecretNames = { [Place in SecretPlace]?: string[] };
/** Values by place and name. Never return, cache or log this type. */
export type McpServerSecrets = { [Place in SecretPlace]?: Record<string, string> };

export interface McpServerRow {
  id: string;
  /** Null for a server of all configurations. */
  agentConfigId: string | null;
  name: string;
  transport: McpTransport;
  enabled: boolean;
  url: string | null;
  command: string | null;
  args: string[];
  /** Whether a user's server may replace it by name; null for a user's own server. */
  overridable: boolean | null;
  secretNames: SecretNames;
  version: number;
  createdAt: string;
  updatedAt: string;
}

/** A row with its sealed secrets. */
export interface SealedMcpServerRow extends McpServerRow {
  secrets: Buffer | null;
}

export const namesOf = (secrets: McpServerSecrets): SecretNames =>
  Object.fromEntries(
    SECRET_PLACES.flatMap((place) =>
      Object.keys(secrets[place] ?? {}).length > 0 ? [[place, Object.keys(secrets[place]!)]] : [],
    ),
  );
