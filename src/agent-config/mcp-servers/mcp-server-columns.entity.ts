// Columns and checks that users' and the service's tables of MCP servers share.
import { Column } from 'typeorm';
import type { McpTransport } from '../mcp/mcp-server.js';
import type { SecretNames } from './mcp-server-row.js';

export const MCP_SERVER_CHECKS = {
  name_form: "name ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$'",
  transport_known: "transport in ('stdio', 'http', 'sse')",
  url_length: 'char_length(url) between 1 and 2000',
  command_length: 'char_length(command) between 1 and 1000',
  args_size: 'cardinality(args) <= 100 and pg_column_size(args) <= 100000',
  secret_names_size: 'pg_column_size(secret_names) <= 100000',
  secrets_size: 'octet_length(secrets) <= 1048576',
  whole:
    "case when transport = 'stdio' then command is not null and url is null else url is not null and command is null end",
};

export abstract class McpServerColumns {
  @Column('text')
  name: string;

  @Column('text')
  transport: McpTransport;

  @Column('boolean', { default: true })
  enabled: boolean;

  /** URL without a query, whose parameters are secrets. */
  @Column('text', { nullable: true })
  url: string | null;

  @Column('text', { nullable: true })
  command: string | null;

  @Column('text', { array: true, default: [] })
  args: string[];

  @Column('jsonb', { name: 'secret_names', default: {} })
  secretNames: SecretNames;

  /** All secret values, sealed together; null when there are none. */
  @Column('bytea', { nullable: true })
  secrets: Buffer | null;

  @Column('integer', { default: 1 })
  version: number;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt: Date;
}
