// What a runner needs to run an agent for a user: the version that is meant, resolved and read. Cached until anything of the configuration changes.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../platform/context/index.js';
import { AppError } from '../platform/errors/index.js';
import { ScopedCache } from '../platform/cache/index.js';
import type { Content } from './agent-config-input.js';
import type { ConfigRow } from './agent-config-row.js';
import { AgentConfigErrors } from './agent-configs.errors.js';
import { AgentConfigsRepository } from './agent-configs.repository.js';
import { AgentConfigsService } from './agent-configs.service.js';
import { chosenVersion } from './traffic.js';

/** Which version is meant: one by its number, that of an alias, or the newest. */
export interface Wanted {
  version?: number | null | undefined;
  alias?: string | null | undefined;
}

export interface EffectiveConfig extends Content {
  id: string;
  version: number;
  alias: string | null;
  digest: string;
}

@Injectable()
export class EffectiveConfigs {
  constructor(
    private readonly configs: AgentConfigsService,
    private readonly rows: AgentConfigsRepository,
    private readonly contexts: RequestContexts,
    private readonly cache: ScopedCache,
  ) {}

  /** @throws AppError 404 for a configuration, version or alias that the user cannot read; 422 when both are named */
  async of(id: string, { version, alias }: Wanted): Promise<EffectiveConfig> {
    if (version && alias) throw AgentConfigErrors.ambiguous();
    const head = await this.rows.head(id);
    if (!head) throw AgentConfigErrors.notFound();
    const build = () => this.resolve(id, version ?? undefined, alias ?? null);
    return (await this.cache.through('agentConfig', [id, String(version ?? ''), alias ?? ''], String(head.revision), build))!;
  }

  /** The same; null where it, its version or its alias is no longer there for the user. */
  async find(id: string, wanted: Wanted): Promise<EffectiveConfig | null> {
    return this.of(id, wanted).catch((error: unknown) => {
      if (error instanceof AppError && error.definition.status === 404) return null;
      throw error;
    });
  }

  /** What somebody who uses it is to keep: the version or the alias that is named, or the newest version. @throws AppError as `of` does */
  async pin(id: string, { version, alias }: Wanted): Promise<{ id: string; owner: ConfigRow['owner']; version: number | null; alias: string | null }> {
    if (version && alias) throw AgentConfigErrors.ambiguous();
    const { shownVersion, owner } = await this.configs.get(id, version ?? undefined);
    if (alias) await this.versionOf(id, alias);
    return { id, owner, version: alias ? null : shownVersion, alias: alias ?? null };
  }

  private async resolve(id: string, version: number | undefined, alias: string | null): Promise<EffectiveConfig> {
    const chosen = alias === null ? version : await this.versionOf(id, alias);
    const row = await this.configs.get(id, chosen);
    return { ...(JSON.parse(row.content) as Content), id: row.id, version: row.shownVersion, alias, digest: row.digest };
  }

  private async versionOf(id: string, alias: string): Promise<number> {
    const [move] = await this.rows.moves(id, alias, 1);
    if (!move) throw AgentConfigErrors.aliasNotFound();
    return chosenVersion(move.targets, id, alias, this.contexts.userScope().userId);
  }
}
