// Reads the MCP servers of a configuration, with their owners, and opens their secrets.
import { Injectable } from '@nestjs/common';
import { ScopedDatabase } from '../../platform/database/index.js';
import type { McpServerRow, McpServerSecrets, SealedMcpServerRow } from './mcp-server-row.js';
import { McpSecrets } from './mcp-secrets.js';
import { McpServersRepository } from './mcp-servers.repository.js';

export type ServerOwner = 'user' | 'service';
export type WithOwner<T extends McpServerRow = McpServerRow> = T & { owner: ServerOwner };

@Injectable()
export class ConfiguredServers {
  constructor(
    private readonly servers: McpServersRepository,
    private readonly secrets: McpSecrets,
    private readonly database: ScopedDatabase,
  ) {}

  /** Lists the user's own servers for a configuration. */
  own(configId: string): Promise<SealedMcpServerRow[]> {
    return this.servers.listFor(configId);
  }

  /** Adds the service's servers to the user's, for a shared configuration. */
  async all(
    { id, owner }: { id: string; owner: ServerOwner },
    own: SealedMcpServerRow[],
  ): Promise<WithOwner<SealedMcpServerRow>[]> {
    const shared = owner === 'service' ? await this.asService(() => this.servers.listFor(id)) : [];
    return [
      ...shared.map((server) => ({ ...server, owner: 'service' as const })),
      ...own.map((server) => ({ ...server, owner: 'user' as const })),
    ];
  }

  /** @throws AppError as `Vault.open` does */
  open(server: WithOwner<SealedMcpServerRow>): Promise<McpServerSecrets> {
    const open = () => this.secrets.open(this.servers.table, server);
    return server.owner === 'service' ? this.asService(open) : open();
  }

  private asService<T>(work: () => Promise<T>): Promise<T> {
    return this.database.runAsSystem('MCP servers of a shared agent configuration', work);
  }
}
