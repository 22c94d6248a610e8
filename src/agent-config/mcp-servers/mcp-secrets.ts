// Seals the secrets of an MCP server as one text, and opens them.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SealedColumns, Vault } from '../../platform/vault/index.js';
import {
  namesOf,
  type SealedMcpServerRow,
  type SecretNames,
  type McpServerSecrets,
} from './mcp-server-row.js';

@Injectable()
export class McpSecrets implements OnModuleInit {
  constructor(
    private readonly vault: Vault,
    private readonly sealed: SealedColumns,
  ) {}

  onModuleInit(): void {
    this.sealed.register({ table: 'mcp_server', row: 'id', column: 'secrets' });
  }

  /**
   * Seals secrets. Call it in the scope of the owner.
   * @throws AppError as `Vault.seal` does
   */
  async seal(
    table: string,
    id: string,
    secrets: McpServerSecrets,
  ): Promise<{ secretNames: SecretNames; secrets: Buffer | null }> {
    const secretNames = namesOf(secrets);
    const isEmpty = Object.keys(secretNames).length === 0;
    return {
      secretNames,
      secrets: isEmpty
        ? null
        : await this.vault.seal({ table, row: id, column: 'secrets' }, JSON.stringify(secrets)),
    };
  }

  /**
   * Opens secrets. Call it in the scope of the owner.
   * @throws AppError as `Vault.open` does
   */
  async open(
    table: string,
    { id, secrets }: Pick<SealedMcpServerRow, 'id' | 'secrets'>,
  ): Promise<McpServerSecrets> {
    return secrets === null
      ? {}
      : (JSON.parse(
          await this.vault.open({ table, row: id, column: 'secrets' }, secrets),
        ) as McpServerSecrets);
  }
}
