// Resolves the effective agent configuration of a user: a version with the user's overrides
// applied. It is cached until something of it changes.
import { Injectable } from '@nestjs/common';
import { ScopedCache } from '../../platform/cache/index.js';
import { RequestContexts } from '../../platform/context/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { AppError } from '../../platform/errors/index.js';
import type { Content } from '../content/content.js';
import type { ConfigRow } from '../agent-config-row.js';
import { AgentConfigErrors } from '../agent-configs.errors.js';
import { AgentConfigsRepository } from '../agent-configs.repository.js';
import { AgentConfigsService } from '../agent-configs.service.js';
import { EffectiveRepository } from './effective.repository.js';
import {
  ownersOf,
  type OverridePart,
  refusedOverrides,
  type RefusedOverride,
  withoutRefused,
} from '../overrides/refused-overrides.js';
import { applyOverrides, type Overrides } from '../overrides/override-input.js';
import { OverridesRepository } from '../overrides/overrides.repository.js';
import { chosenVersion } from '../aliases/traffic.js';

/** Selects a version: by number, by alias, or else the newest. */
export interface ConfigSelection {
  version?: number | null | undefined;
  alias?: string | null | undefined;
  /** Number of the overrides to apply; undefined for the current ones, null for none. */
  overrides?: number | null | undefined;
}

export interface EffectiveConfig extends Content {
  id: string;
  owner: ConfigRow['owner'];
  version: number;
  alias: string | null;
  digest: string;
  /** Number of the overrides that are applied; null when there are none. */
  overrides: number | null;
  /** Whether each part comes from the service or from the user. */
  owners: Record<OverridePart, ConfigRow['owner']>;
  /** Overrides that were left out, because the service does not allow them in this version. */
  omittedOverrides: RefusedOverride[];
}

@Injectable()
export class EffectiveConfigService {
  constructor(
    private readonly configs: AgentConfigsService,
    private readonly rows: AgentConfigsRepository,
    private readonly effectiveRows: EffectiveRepository,
    private readonly overrides: OverridesRepository,
    private readonly contexts: RequestContexts,
    private readonly database: ScopedDatabase,
    private readonly cache: ScopedCache,
  ) {}

  /**
   * Returns the effective configuration.
   * @throws AppError 404 when the user cannot read the configuration, version or alias
   * @throws AppError 422 when both a version and an alias are given
   */
  async get(id: string, selection: ConfigSelection): Promise<EffectiveConfig> {
    const { revision, overrides } = await this.effectiveRows.revisions(id);
    if (revision === null) throw AgentConfigErrors.notFound();
    return (await this.cache.getOrCompute(
      'agentConfig',
      cacheKeyOf(id, selection),
      `${revision}.${overrides ?? ''}`,
      () => this.resolve(id, selection),
    ))!;
  }

  /** Returns null where `get` throws 404. */
  async find(id: string, selection: ConfigSelection): Promise<EffectiveConfig | null> {
    return this.get(id, selection).catch((error: unknown) => {
      if (error instanceof AppError && error.definition.status === 404) return null;
      throw error;
    });
  }

  /**
   * Resolves what a user of the configuration should store: the given version or alias, or the
   * number of the newest version.
   * @throws AppError as `get` does
   */
  async pin(
    id: string,
    { version, alias }: ConfigSelection,
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

  /**
   * Resolves without the cache.
   * @throws AppError as `get` does
   */
  async resolve(id: string, selection: ConfigSelection): Promise<EffectiveConfig> {
    if (selection.version && selection.alias) throw AgentConfigErrors.ambiguous();
    const alias = selection.alias ?? null;
    const row = await this.configs.get(
      id,
      (alias === null ? selection.version : await this.versionOf(id, alias)) ?? undefined,
    );
    const over = await this.overridesOf(id, selection.overrides);
    const content = JSON.parse(row.content) as Content;
    const { overrides, omittedOverrides } = permitted(over?.changes ?? null, row.owner, content);
    const effective = overrides ? applyOverrides(content, overrides) : content;
    const { id: configId, owner, shownVersion: version, digest } = row;
    return {
      ...effective,
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
    const [move] = await this.rows.aliasRevisions(id, alias, 1);
    if (!move) throw AgentConfigErrors.aliasNotFound();
    // The version depends on the user's id, which a user who is created by this request gets only
    // now.
    if (move.targets.length > 1) await this.database.settle();
    return chosenVersion(move.targets, id, alias, this.contexts.userScope().userId);
  }
}

/**
 * Keeps the overrides that this version allows. The rules may have been others when the overrides
 * were stored.
 */
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

/**
 * Change it whenever the cached form changes: processes of the previous release use the same cache.
 */
const CACHED_FORM = '2';

export const cacheKeyOf = (
  id: string,
  { version, alias, overrides }: ConfigSelection,
): string[] => [
  CACHED_FORM,
  id,
  String(version ?? ''),
  alias ?? '',
  overrides === undefined ? 'newest' : String(overrides),
];
