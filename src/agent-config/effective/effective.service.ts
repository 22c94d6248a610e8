// The version of a configuration that is meant for a user, with what the user lays over it. Cached until anything of it changes.
import { Injectable } from '@nestjs/common';
import { ScopedCache } from '../../platform/cache/index.js';
import { RequestContexts } from '../../platform/context/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { AppError } from '../../platform/errors/index.js';
import type { Content } from '../content/agent-config-input.js';
import type { ConfigRow } from '../agent-config-row.js';
import { AgentConfigErrors } from '../agent-configs.errors.js';
import { AgentConfigsRepository } from '../agent-configs.repository.js';
import { AgentConfigsService } from '../agent-configs.service.js';
import { EffectiveRepository } from './effective.repository.js';
import {
  ownersOf,
  type Part,
  refusedOverrides,
  type RefusedOverride,
  withoutRefused,
} from '../overrides/refused-overrides.js';
import { overlaid, type Overrides } from '../overrides/override-input.js';
import { OverridesRepository } from '../overrides/overrides.repository.js';
import { chosenVersion } from '../aliases/traffic.js';

/** Which version is meant: one by its number, that of an alias, or the newest. */
export interface Wanted {
  version?: number | null | undefined;
  alias?: string | null | undefined;
  /** With which overrides: those there are now, those of a number, or, when it is null, none. */
  overrides?: number | null | undefined;
}

export interface EffectiveConfig extends Content {
  id: string;
  owner: ConfigRow['owner'];
  version: number;
  alias: string | null;
  digest: string;
  /** The number of the overrides that are in it; null when there are none. */
  overrides: number | null;
  /** Whose words each part is. */
  owners: Record<Part, ConfigRow['owner']>;
  /** What of the overrides is left out, as the service does not let users change it in this version. */
  omittedOverrides: RefusedOverride[];
}

@Injectable()
export class EffectiveConfigs {
  constructor(
    private readonly configs: AgentConfigsService,
    private readonly rows: AgentConfigsRepository,
    private readonly stamps: EffectiveRepository,
    private readonly overrides: OverridesRepository,
    private readonly contexts: RequestContexts,
    private readonly database: ScopedDatabase,
    private readonly cache: ScopedCache,
  ) {}

  /** @throws AppError 404 for a configuration, version or alias that the user cannot read; 422 when both are named */
  async of(id: string, wanted: Wanted): Promise<EffectiveConfig> {
    const { revision, overrides } = await this.stamps.stamp(id);
    if (revision === null) throw AgentConfigErrors.notFound();
    return (await this.cache.getOrCompute(
      'agentConfig',
      keyOf(id, wanted),
      `${revision}.${overrides ?? ''}`,
      () => this.resolve(id, wanted),
    ))!;
  }

  /** The same; null where it, its version or its alias is no longer there for the user. */
  async find(id: string, wanted: Wanted): Promise<EffectiveConfig | null> {
    return this.of(id, wanted).catch((error: unknown) => {
      if (error instanceof AppError && error.definition.status === 404) return null;
      throw error;
    });
  }

  /** What somebody who uses it is to keep: the version or the alias that is named, or the newest version. @throws AppError as `of` does */
  async pin(
    id: string,
    { version, alias }: Wanted,
  ): Promise<{
    id: string;
    owner: ConfigRow['owner'];
    version: number | null;
    alias: string | null;
  }> {
    if (version && alias) throw AgentConfigErrors.ambiguous();
    const { shownVersion, owner } = await this.configs.get(id, version ?? undefined);
    if (alias) await this.versionOf(id, alias);
    return { id, owner, version: alias ? null : shownVersion, alias: alias ?? null };
  }

  /** Past the cache. @throws AppError as `of` does */
  async resolve(id: string, wanted: Wanted): Promise<EffectiveConfig> {
    if (wanted.version && wanted.alias) throw AgentConfigErrors.ambiguous();
    const alias = wanted.alias ?? null;
    const row = await this.configs.get(
      id,
      (alias === null ? wanted.version : await this.versionOf(id, alias)) ?? undefined,
    );
    const over = await this.overridesOf(id, wanted.overrides);
    const content = JSON.parse(row.content) as Content;
    const { overrides, omittedOverrides } = permitted(over?.changes ?? null, row.owner, content);
    const laid = overrides ? overlaid(content, overrides) : content;
    const { id: configId, owner, shownVersion: version, digest } = row;
    return {
      ...laid,
      id: configId,
      owner,
      version,
      alias,
      digest,
      overrides: over?.changes ? over.number : null,
      owners: ownersOf(owner, overrides),
      omittedOverrides,
    };
  }

  private overridesOf(id: string, number: number | null | undefined) {
    if (number === undefined) return this.overrides.newest(id);
    return number === null ? null : this.overrides.at(id, number);
  }

  private async versionOf(id: string, alias: string): Promise<number> {
    const [move] = await this.rows.moves(id, alias, 1);
    if (!move) throw AgentConfigErrors.aliasNotFound();
    // Shares go by the id.
    if (move.targets.length > 1) await this.database.settle();
    return chosenVersion(move.targets, id, alias, this.contexts.userScope().userId);
  }
}

/** A version may have changed its mind since the overrides were put: what counts is what it says itself. */
function permitted(
  changes: string | null,
  owner: ConfigRow['owner'],
  { overridable }: Content,
): { overrides: Overrides | null; omittedOverrides: RefusedOverride[] } {
  const overrides = changes === null ? null : (JSON.parse(changes) as Overrides);
  if (overrides === null || owner === 'user') return { overrides, omittedOverrides: [] };
  const refused = refusedOverrides(overrides, overridable);
  return {
    overrides: withoutRefused(overrides, refused),
    omittedOverrides: refused.map(({ path, reason }) => ({ path, reason })),
  };
}

/** Changes with the form of what is cached: a process of the release before shares the cache. */
const CACHED_FORM = '2';

export const keyOf = (id: string, { version, alias, overrides }: Wanted): string[] => [
  CACHED_FORM,
  id,
  String(version ?? ''),
  alias ?? '',
  overrides === undefined ? 'newest' : String(overrides),
];
