// What a runner needs to run an agent for a user: the effective configuration, and the MCP servers with it, with their secrets for those who may have them.
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../platform/audit/index.js';
import { ScopedCache } from '../platform/cache/index.js';
import { RequestContexts, requireScope } from '../platform/context/index.js';
import { ScopedDatabase } from '../platform/database/index.js';
import { AccessErrors } from '../platform/errors/index.js';
import { AgentConfigErrors } from './agent-configs.errors.js';
import { EffectiveRepository } from './effective.repository.js';
import { type EffectiveConfig, EffectiveConfigs, keyOf, type Wanted } from './effective.service.js';
import { type Shown, shownSecrets } from './mcp-servers/dto/mcp-server.dto.js';
import type { McpServerRow, SealedMcpServerRow, SecretPlace } from './mcp-servers/mcp-server-row.js';
import { McpSecrets } from './mcp-servers/mcp-secrets.js';
import { McpServersRepository } from './mcp-servers/mcp-servers.repository.js';

type Values = { [Place in SecretPlace]: Record<string, Shown | string> };
export type RunnerServer = Pick<McpServerRow, 'id' | 'name' | 'transport' | 'url' | 'command' | 'args'> & Values & { owner: EffectiveConfig['owner'] };

export interface RunnerConfig extends EffectiveConfig {
  mcpServers: RunnerServer[];
}

type Owned = SealedMcpServerRow & { owner: EffectiveConfig['owner'] };

/** Carries what was built, which is right for this moment and is not to be kept. */
class ServersChangedError extends Error {
  override readonly name = 'ServersChangedError';

  constructor(readonly config: RunnerConfig) {
    super('servers were changed while they were read');
  }
}

const NONE: Values = { headers: {}, query: {}, env: {} };

@Injectable()
export class RunnerConfigs {
  constructor(
    private readonly effective: EffectiveConfigs,
    private readonly stamps: EffectiveRepository,
    private readonly servers: McpServersRepository,
    private readonly secrets: McpSecrets,
    private readonly audit: AuditLog,
    private readonly contexts: RequestContexts,
    private readonly database: ScopedDatabase,
    private readonly cache: ScopedCache,
  ) {}

  /** Without secrets; cached until anything of it changes. @returns also a text that is another then @throws AppError as `EffectiveConfigs.of` does */
  async of(id: string, wanted: Wanted): Promise<{ config: RunnerConfig; state: string }> {
    const { config, stamp } = await this.cached(id, wanted);
    const isUser = this.contexts.current()?.principal?.kind !== 'service';
    const { userId } = this.contexts.userScope();
    const state = createHash('sha256').update(JSON.stringify([userId, config.version, config.alias, stamp, isUser])).digest('base64url').slice(0, 22);
    return { config: isUser ? withoutWhere(config) : config, state };
  }

  private async cached(id: string, wanted: Wanted): Promise<{ config: RunnerConfig; stamp: string }> {
    const { revision, serversRevision, overrides, servers } = await this.stamps.stamp(id);
    if (revision === null) throw AgentConfigErrors.notFound();
    const stamp = JSON.stringify([revision, serversRevision, overrides, servers]);
    const build = async (): Promise<RunnerConfig> => {
      const built = await this.build(id, wanted);
      // A set of servers may come back to what it was: kept under this stamp is only what was made of the very servers it names.
      if (built.servers !== (servers ?? '')) throw new ServersChangedError(built.config);
      return built.config;
    };
    const config = await this.cache.through('agentConfig', [...keyOf(id, wanted), 'servers'], stamp, build).catch((error: unknown) => {
      if (error instanceof ServersChangedError) return error.config;
      throw error;
    });
    return { config: config!, stamp };
  }

  /**
   * With the secrets, and never cached. It is written down before anything is opened.
   * @throws AppError 403 unless a service key that may write asks; also as `of` and `Vault.open` do
   */
  async withSecrets(id: string, wanted: Wanted): Promise<RunnerConfig> {
    const principal = this.contexts.current()?.principal;
    if (principal?.kind !== 'service' || principal.readOnly) throw AccessErrors.forbidden({ detail: 'Secrets are given to a service key that acts for the user, and is not read-only.' });
    requireScope(principal, 'secrets');
    await this.database.settle();
    const config = await this.effective.resolve(id, wanted);
    const servers = await this.serversOf(config, await this.servers.listFor(id));
    const named = servers.map(({ id: server, name, owner }) => ({ id: server, name, owner }));
    await this.audit.record({ action: 'mcp_secrets.read', subject: id, details: { version: config.version, servers: named } });
    return { ...config, mcpServers: await Promise.all(servers.map((server) => this.opened(server))) };
  }

  /** @returns also the user's own servers as `EffectiveStamp` names them */
  private async build(id: string, wanted: Wanted): Promise<{ config: RunnerConfig; servers: string }> {
    const config = await this.effective.resolve(id, wanted);
    const own = await this.servers.listFor(id);
    const servers = own.map(({ id: server, version }) => `${server}.${version}`).sort().join(' ');
    return { config: { ...config, mcpServers: (await this.serversOf(config, own)).map((server) => shown(server, shownSecrets(server))) }, servers };
  }

  /** Those that are enabled, one for each name: of the user before the service's, for this configuration before for all. */
  private async serversOf({ id, owner }: EffectiveConfig, own: SealedMcpServerRow[]): Promise<Owned[]> {
    const shared = owner === 'service' ? await this.asService(() => this.servers.listFor(id)) : [];
    const all = [...shared.map((server): Owned => ({ ...server, owner: 'service' })), ...own.map((server): Owned => ({ ...server, owner: 'user' }))];
    const byName = new Map(all.filter(({ enabled }) => enabled).map((server) => [server.name, server]));
    return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  private async opened(server: Owned): Promise<RunnerServer> {
    const open = () => this.secrets.open(this.servers.table, server);
    const secrets = server.owner === 'service' ? await this.asService(open) : await open();
    return shown(server, { ...NONE, ...secrets });
  }

  private asService<T>(work: () => Promise<T>): Promise<T> {
    return this.database.runAsSystem('MCP servers of a shared agent configuration', work);
  }
}

const shown = ({ id, name, owner, transport, url, command, args }: Owned, values: Values): RunnerServer => ({ id, name, owner, transport, url, command, args, ...values });

/** Where the service's own servers are is not for users to know. */
const withoutWhere = (config: RunnerConfig): RunnerConfig => ({
  ...config,
  mcpServers: config.mcpServers.map((server) => (server.owner === 'service' ? { ...server, url: null, command: null, args: [], ...NONE } : server)),
});
