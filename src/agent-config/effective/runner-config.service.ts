// What a runner needs to run an agent for a user: the effective configuration, and the MCP servers with it, with their secrets for those who may have them.
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../platform/audit/index.js';
import { ScopedCache } from '../../platform/cache/index.js';
import { RequestContexts, requireScope } from '../../platform/context/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { AccessErrors } from '../../platform/errors/index.js';
import { AgentConfigErrors } from '../agent-configs.errors.js';
import { EffectiveRepository } from './effective.repository.js';
import { type EffectiveConfig, EffectiveConfigs, keyOf, type Wanted } from './effective.service.js';
import { type Shown, shownSecrets } from '../mcp-servers/dto/mcp-server.dto.js';
import type {
  McpServerRow,
  SealedMcpServerRow,
  SecretPlace,
} from '../mcp-servers/mcp-server-row.js';
import { McpSecrets } from '../mcp-servers/mcp-secrets.js';
import { type OmittedServer, ServedServers } from '../mcp-servers/served-servers.js';
import { McpServersRepository } from '../mcp-servers/mcp-servers.repository.js';

type Values = { [Place in SecretPlace]: Record<string, Shown | string> };
export type RunnerServer = Pick<
  McpServerRow,
  'id' | 'name' | 'transport' | 'url' | 'command' | 'args'
> &
  Values & { owner: EffectiveConfig['owner'] };

export interface RunnerConfig extends EffectiveConfig {
  mcpServers: RunnerServer[];
  /** The user's servers that are not among them, and why. */
  omitted: OmittedServer[];
}

type Owned<T extends McpServerRow = McpServerRow> = T & { owner: EffectiveConfig['owner'] };

/** What is cached: everything there is, as what of it is served is decided for each answer. */
interface Known {
  config: EffectiveConfig;
  servers: Owned[];
}

/** Carries what was built, which is right for this moment and is not to be kept. */
class ServersChangedError extends Error {
  override readonly name = 'ServersChangedError';

  constructor(readonly known: Known) {
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
    private readonly served: ServedServers,
    private readonly secrets: McpSecrets,
    private readonly audit: AuditLog,
    private readonly contexts: RequestContexts,
    private readonly database: ScopedDatabase,
    private readonly cache: ScopedCache,
  ) {}

  /** Without secrets; read anew when anything of it changes. @returns also a text that is another then @throws AppError as `EffectiveConfigs.of` does */
  async of(id: string, wanted: Wanted): Promise<{ config: RunnerConfig; state: string }> {
    const { known, stamp } = await this.cached(id, wanted);
    const { servers, omitted } = this.served.admit(known.servers);
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
      stamp,
      isUser,
      servers.map(({ id: server }) => server),
      omitted,
    ];
    const state = createHash('sha256')
      .update(JSON.stringify(depends))
      .digest('base64url')
      .slice(0, 22);
    return { config: isUser ? withoutWhere(config) : config, state };
  }

  private async cached(id: string, wanted: Wanted): Promise<{ known: Known; stamp: string }> {
    const { revision, serversRevision, overrides, servers } = await this.stamps.stamp(id);
    if (revision === null) throw AgentConfigErrors.notFound();
    const stamp = JSON.stringify([revision, serversRevision, overrides, servers]);
    const build = async (): Promise<Known> => {
      const built = await this.build(id, wanted);
      // A set of servers may come back to what it was: kept under this stamp is only what was made of the very servers it names.
      if (built.servers !== (servers ?? '')) throw new ServersChangedError(built.known);
      return built.known;
    };
    const known = await this.cache
      .getOrCompute('agentConfig', [...keyOf(id, wanted), 'servers'], stamp, build)
      .catch((error: unknown) => {
        if (error instanceof ServersChangedError) return error.known;
        throw error;
      });
    return { known: known!, stamp };
  }

  /**
   * With the secrets, and never cached. It is written down before anything is opened.
   * @throws AppError 403 unless a service key that may write asks; also as `of` and `Vault.open` do
   */
  async withSecrets(id: string, wanted: Wanted): Promise<RunnerConfig> {
    const principal = this.contexts.current()?.principal;
    if (principal?.kind !== 'service' || principal.readOnly)
      throw AccessErrors.forbidden({
        detail: 'Secrets are given to a service key that acts for the user, and is not read-only.',
      });
    requireScope(principal, 'secrets');
    const config = await this.effective.resolve(id, wanted);
    await this.database.settle();
    const { servers, omitted } = this.served.admit(
      await this.serversOf(config, await this.servers.listFor(id)),
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

  /** @returns also the user's own servers as `EffectiveStamp` names them */
  private async build(id: string, wanted: Wanted): Promise<{ known: Known; servers: string }> {
    const config = await this.effective.resolve(id, wanted);
    const own = await this.servers.listFor(id);
    const servers = own
      .map(({ id: server, version }) => `${server}.${version}`)
      .sort()
      .join(' ');
    return {
      known: { config, servers: (await this.serversOf(config, own)).map(unsealed) },
      servers,
    };
  }

  /** With a shared configuration also the service's. */
  private async serversOf(
    { id, owner }: EffectiveConfig,
    own: SealedMcpServerRow[],
  ): Promise<Owned<SealedMcpServerRow>[]> {
    const shared = owner === 'service' ? await this.asService(() => this.servers.listFor(id)) : [];
    return [
      ...shared.map((server) => ({ ...server, owner: 'service' as const })),
      ...own.map((server) => ({ ...server, owner: 'user' as const })),
    ];
  }

  private async opened(server: Owned<SealedMcpServerRow>): Promise<RunnerServer> {
    const open = () => this.secrets.open(this.servers.table, server);
    const secrets = server.owner === 'service' ? await this.asService(open) : await open();
    return shown(server, { ...NONE, ...secrets });
  }

  private asService<T>(work: () => Promise<T>): Promise<T> {
    return this.database.runAsSystem('MCP servers of a shared agent configuration', work);
  }
}

/** What is kept in a cache has no secrets, sealed or not. */
const unsealed = (server: Owned<SealedMcpServerRow>): Owned =>
  ({ ...server, secrets: null }) as Owned;

const shown = (
  { id, name, owner, transport, url, command, args }: Owned,
  values: Values,
): RunnerServer => ({ id, name, owner, transport, url, command, args, ...values });

/** Where the service's own servers are is not for users to know. */
const withoutWhere = (config: RunnerConfig): RunnerConfig => ({
  ...config,
  mcpServers: config.mcpServers.map((server) =>
    server.owner === 'service'
      ? { ...server, url: null, command: null, args: [], ...NONE }
      : server,
  ),
});
