// What an MCP server consists of, whoever owns it.
import { Column } from 'typeorm';
import type { SecretNames } from './mcp-server-row.js';

export abstract class McpServerColumns {
  @Column('text')
  name: string;

  @Column('text')
  transport: 'stdio' | 'http' | 'sse';

  @Column('boolean', { default: true })
  enabled: boolean;

  /** Without a query: its parameters are secrets. */
  @Column('text', { nullable: true })
  url: string | null;

  @Column('text', { nullable: true })
  command: string | null;

  @Column('text', { array: true, default: [] })
  args: string[];

  @Column('jsonb', { name: 'secret_names', default: {} })
  secretNames: SecretNames;

  /** The values of all of them, sealed together; null when there are none. */
  @Column('bytea', { nullable: true })
  secrets: Buffer | null;

  @Column('integer', { default: 1 })
  version: number;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt: Date;
}
