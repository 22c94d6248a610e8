// Builds what a runner needs to run an agent for a user: the effective configuration and its MCP
// servers. Service keys can ask for the secrets, too.
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../platform/audit/index.js';
import { ScopedCache } from '../../platform/cache/index.js';
import { RequestContexts, requireScope } from '../../platform/context/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { AccessErrors } from '../../platform/errors/index.js';
import { AgentConfigErrors } from '../agent-configs.errors.js';
import { EffectiveRepository } from './effective.repository.js';
import {
  type EffectiveConfig,
  EffectiveConfigService,
  cacheKeyOf,
  type ConfigSelection,
} from './effective-config.service.js';
import { type Shown, shownSecrets } from '../mcp-servers/dto/mcp-server.dto.js';
import { ConfiguredServers, type WithOwner } from '../mcp-servers/configured-servers.js';
import type {
  McpServerRow,
  SealedMcpServerRow,
  SecretPlace,
} from '../mcp-servers/mcp-server-row.js';
import { type OmittedServer, RunnerServers } from '../mcp-servers/runner-servers.js';

type SecretValues = { [Place in SecretPlace]: Record<string, Shown | string> };
export type RunnerServer = Pick<
  McpServerRow,
  'id' | 'name' | 'transport' | 'url' | 'command' | 'args'
> &
  SecretValues & { owner: EffectiveConfig['owner'] };

export interface RunnerConfig extends EffectiveConfig {
  mcpServers: RunnerServer[];
  /** The user's servers that were left out, and why. */
  omitted: OmittedServer[];
}

/** Cached form, with all servers. Which of them a runner gets is decided for each answer. */
interface CachedConfig {
  config: EffectiveConfig;
  servers: WithOwner[];
}

/**
 * Thrown when servers changed while they were read. It carries the result, which may be returned
 * but not cached.
 */
class ServersChangedError extends Error {
  override readonly name = 'ServersChangedError';

  constructor(readonly known: CachedConfig) {
    super('servers were changed while they were read');
  }
}

const NO_SECRETS: SecretValues = { headers: {}, query: {}, env: {} };

@Injectable()
export class RunnerConfigService {
  constructor(
    private readonly effective: EffectiveConfigService,
    private readonly effectiveRows: EffectiveRepository,
    private readonly servers: ConfiguredServers,
    private readonly runnerServers: RunnerServers,
    private readonly audit: AuditLog,
    private readonly contexts: RequestContexts,
    private readonly database: ScopedDatabase,
    private readonly cache: ScopedCache,
  ) {}

  /**
   * Returns the configuration without secrets.
   * @returns also `state`, a text for the ETag that changes with the configuration
   * @throws AppError as `EffectiveConfigService.get` does
   */
  async get(
    id: string,
    selection: ConfigSelection,
  ): Promise<{ config: RunnerConfig; state: string }> {
    const { known, revisions } = await this.cached(id, selection);
    const { servers, omitted } = this.runnerServers.select(known.servers);
    const config = {
      ...known.config,
      mcpServers: servers.map((server) => shown(server, shownSecrets(server))),
      omitted,
    };
    const isUser = this.contexts.current()?.principal?.kind !== 'service';
    const { userId } = this.contexts.userScope();
    const depends = [
      userId,
      config.version,
      config.alias,
      revisions,
      isUser,
      servers.map(({ id: server }) => server),
      omitted,
    ];
    const state = createHash('sha256')
      .update(JSON.stringify(depends))
      .digest('base64url')
      .slice(0, 22);
    return { config: isUser ? withoutConnection(config) : config, state };
  }

  private async cached(
    id: string,
    selection: ConfigSelection,
  ): Promise<{ known: CachedConfig; revisions: string }> {
    const { revision, serversRevision, overrides, servers } =
      await this.effectiveRows.revisions(id);
    if (revision === null) throw AgentConfigErrors.notFound();
    const revisions = JSON.stringify([revision, serversRevision, overrides, servers]);
    const build = async (): Promise<CachedConfig> => {
      const built = await this.build(id, selection);
      // Cache only what was built from the servers that the key names: a set of servers may change
      // and change back meanwhile.
      if (built.servers !== (servers ?? '')) throw new ServersChangedError(built.known);
      return built.known;
    };
    const known = await this.cache
      .getOrCompute('agentConfig', [...cacheKeyOf(id, selection), 'servers'], revisions, build)
      .catch((error: unknown) => {
        if (error instanceof ServersChangedError) return error.known;
        throw error;
      });
    return { known: known!, revisions };
  }

  /**
   * Returns the configuration with secrets. It is never cached, and recorded in the audit log
   * before a secret is opened.
   * @throws AppError 403 unless the caller is a service key that may write
   * @throws AppError as `get` and `Vault.open` do
   */
  async withSecrets(id: string, selection: ConfigSelection): Promise<RunnerConfig> {
    const principal = this.contexts.current()?.principal;
    if (principal?.kind !== 'service' || principal.readOnly)
      throw AccessErrors.forbidden({
        detail: 'Only a service key that is not read-only may read secrets.',
      });
    requireScope(principal, 'secrets');
    const config = await this.effective.resolve(id, selection);
    await this.database.settle();
    const { servers, omitted } = this.runnerServers.select(
      await this.servers.all(config, await this.servers.own(id)),
    );
    const named = servers.map(({ id: server, name, owner }) => ({ id: server, name, owner }));
    await this.audit.record({
      action: 'mcp_secrets.read',
      subject: id,
      details: { version: config.version, servers: named },
    });
    return {
      ...config,
      mcpServers: await Promise.all(servers.map((server) => this.opened(server))),
      omitted,
    };
  }

  /** @returns also the user's servers as `EffectiveRevisions.servers` names them */
  private async build(
    id: string,
    selection: ConfigSelection,
  ): Promise<{ known: CachedConfig; servers: string }> {
    const config = await this.effective.resolve(id, selection);
    const own = await this.servers.own(id);
    const servers = own
      .map(({ id: server, version }) => `${server}.${version}`)
      .sort()
      .join(' ');
    return {
      known: { config, servers: (await this.servers.all(config, own)).map(withoutSecrets) },
      servers,
    };
  }

  private async opened(server: WithOwner<SealedMcpServerRow>): Promise<RunnerServer> {
    return shown(server, { ...NO_SECRETS, ...(await this.servers.open(server)) });
  }
}

/** Removes the sealed secrets: a cache holds none, sealed or not. */
const withoutSecrets = (server: WithOwner<SealedMcpServerRow>): WithOwner =>
  ({ ...server, secrets: null }) as WithOwner;

const shown = (
  { id, name, owner, transport, url, command, args }: WithOwner,
  values: SecretValues,
): RunnerServer => ({ id, name, owner, transport, url, command, args, ...values });

/** Hides URLs and commands of the service's servers, which users must not know. */
const withoutConnection = (config: RunnerConfig): RunnerConfig => ({
  ...config,
  mcpServers: config.mcpServers.map((server) =>
    server.owner === 'service'
      ? { ...server, url: null, command: null, args: [], ...NO_SECRETS }
      : server,
  ),
});
