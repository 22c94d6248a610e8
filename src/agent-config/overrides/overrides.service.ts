import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../../platform/context/index.js';
import { retryOnConflict, versionChanged } from '../../platform/repository/index.js';
import { AgentConfigErrors } from '../agent-configs.errors.js';
import { AgentConfigsService } from '../agent-configs.service.js';
import type { Content } from '../content/content.js';
import { AGENT_CONFIG_LIMITS } from '../content/content-limits.js';
import { canonicalJson } from '../../platform/input/canonical-json.js';
import { ContentChecks } from '../content/content-checks.js';
import { applyOverrides, type Overrides } from './override-input.js';
import { OverridesRepository, type OverridesRow } from './overrides.repository.js';
import { refusedOverrides } from './refused-overrides.js';

/**
 * The current overrides. `number` is 0 when there never were any, and `changes` is null when there
 * are none.
 */
export type CurrentOverrides = Pick<OverridesRow, 'number' | 'changes'>;

@Injectable()
export class OverridesService {
  constructor(
    private readonly configs: AgentConfigsService,
    private readonly rows: OverridesRepository,
    private readonly contexts: RequestContexts,
    private readonly checks: ContentChecks,
  ) {}

  /**
   * Returns the current overrides.
   * @throws AppError 404 when the user cannot read the configuration
   */
  async get(configId: string): Promise<CurrentOverrides> {
    await this.configs.requireExists(configId);
    return this.current(configId);
  }

  /**
   * Replaces the user's overrides. The configuration itself does not change.
   * @throws AppError 403 for parts that the newest version does not let users override
   * @throws AppError 412 when `expected` is given and is not the current number
   * @throws AppError 422 when the newest version with these overrides is not valid
   */
  async put(configId: string, overrides: Overrides, expected?: number): Promise<CurrentOverrides> {
    const { content: stored, owner } = await this.configs.get(configId);
    const content = JSON.parse(stored) as Content;
    if (owner === 'service') refuseRefused(overrides, content);
    await this.checks.refuseFaults(applyOverrides(content, overrides));
    const text = canonicalJson(overrides);
    if (Buffer.byteLength(text) > AGENT_CONFIG_LIMITS.contentBytes)
      throw AgentConfigErrors.invalidContent({
        detail: `It may have at most ${AGENT_CONFIG_LIMITS.contentBytes} bytes as JSON.`,
      });
    return this.add(configId, text, expected);
  }

  /**
   * Removes the overrides.
   * @throws AppError as `get` and `put` do
   */
  async remove(configId: string, expected?: number): Promise<void> {
    await this.configs.requireExists(configId);
    await this.add(configId, null, expected);
  }

  private add(
    configId: string,
    changes: string | null,
    expected?: number,
  ): Promise<CurrentOverrides> {
    const save = async (): Promise<CurrentOverrides | null> => {
      const current = await this.current(configId);
      if (expected !== undefined && expected !== current.number)
        throw versionChanged(current.number);
      return current.changes === changes
        ? current
        : this.rows.add(configId, current.number, changes, this.contexts.actor);
    };
    return retryOnConflict(save, async () => versionChanged((await this.current(configId)).number));
  }

  private async current(configId: string): Promise<CurrentOverrides> {
    return (await this.rows.newest(configId)) ?? { number: 0, changes: null };
  }
}

const REFUSALS = {
  not_overridable: 'may not be overridden by users',
  out_of_bounds: 'is outside the bounds that the service sets',
};

function refuseRefused(overrides: Overrides, { overridable }: Content): void {
  const errors = refusedOverrides(overrides, overridable).map(({ pointer, reason }) => ({
    pointer,
    message: REFUSALS[reason],
  }));
  if (errors.length > 0) throw AgentConfigErrors.notOverridable({ errors });
}
