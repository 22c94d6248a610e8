// An MCP server as statements read it, and its secrets when they are open.

import type { McpTransport } from '../mcp/mcp-server.js';

/** Where secrets are: headers and parameters of a URL, or the environment of a command. */
export const SECRET_PLACES = ['headers', 'query', 'env'] as const;
export type SecretPlace = (typeof SECRET_PLACES)[number];

/** By place, in the order in which they were given. */
export type SecretNames = { [Place in SecretPlace]?: string[] };
/** By place and name. Nothing that leaves, or is cached or logged, has this type. */
export type Secrets = { [Place in SecretPlace]?: Record<string, string> };

export interface McpServerRow {
  id: string;
  /** Null: of all configurations. */
  agentConfigId: string | null;
  name: string;
  transport: McpTransport;
  enabled: boolean;
  url: string | null;
  command: string | null;
  args: string[];
  /** Of the service: whether users' servers of its name are served in its place. Null of a user's own. */
  overridable: boolean | null;
  secretNames: SecretNames;
  version: number;
  createdAt: string;
  updatedAt: string;
}

/** With its secrets as they are stored: sealed. */
export interface SealedMcpServerRow extends McpServerRow {
  secrets: Buffer | null;
}

export const namesOf = (secrets: Secrets): SecretNames =>
  Object.fromEntries(
    SECRET_PLACES.flatMap((place) =>
      Object.keys(secrets[place] ?? {}).length > 0 ? [[place, Object.keys(secrets[place]!)]] : [],
    ),
  );
