import { Injectable } from '@nestjs/common';
import { retryOnConflict, versionChanged } from '../../platform/repository/index.js';
import { AgentConfigErrors } from '../agent-configs.errors.js';
import { AgentConfigsService } from '../agent-configs.service.js';
import { AGENT_CONFIG_LIMITS, type Content } from '../content/agent-config-input.js';
import { canonicalJson } from '../content/canonical.js';
import { ContentChecks } from '../content/content-checks.js';
import { overlaid, type Overrides } from './override-input.js';
import { OverridesRepository, type OverridesRow } from './overrides.repository.js';
import { refusedOverrides } from './refused-overrides.js';

/** As they are now; `changes` is null, and `number` 0, when there never were any. */
export type CurrentOverrides = Pick<OverridesRow, 'number' | 'changes'>;

@Injectable()
export class OverridesService {
  constructor(
    private readonly configs: AgentConfigsService,
    private readonly rows: OverridesRepository,
    private readonly checks: ContentChecks,
  ) {}

  /** @throws AppError 404 for a configuration that the user cannot read */
  async get(configId: string): Promise<CurrentOverrides> {
    await this.configs.requireKnown(configId);
    return this.current(configId);
  }

  /**
   * In place of those there are. The configuration stays as it is for everybody else.
   * @throws AppError 403 for what the service does not let users change in its newest version; 422 for what cannot be run with the newest version; 412 when `expected` is given and is not the number of those there are
   */
  async put(configId: string, overrides: Overrides, expected?: number): Promise<CurrentOverrides> {
    const { content: stored, owner } = await this.configs.get(configId);
    const content = JSON.parse(stored) as Content;
    if (owner === 'service') refuseRefused(overrides, content);
    await this.checks.refuseFaults(overlaid(content, overrides));
    const text = canonicalJson(overrides);
    if (Buffer.byteLength(text) > AGENT_CONFIG_LIMITS.contentBytes)
      throw AgentConfigErrors.invalidContent({
        detail: `It must not be larger than ${AGENT_CONFIG_LIMITS.contentBytes} bytes.`,
      });
    return this.add(configId, text, expected);
  }

  /** @throws AppError as `get` and `put` do */
  async remove(configId: string, expected?: number): Promise<void> {
    await this.configs.requireKnown(configId);
    await this.add(configId, null, expected);
  }

  private add(
    configId: string,
    changes: string | null,
    expected?: number,
  ): Promise<CurrentOverrides> {
    const lay = async (): Promise<CurrentOverrides | null> => {
      const current = await this.current(configId);
      if (expected !== undefined && expected !== current.number)
        throw versionChanged(current.number);
      return current.changes === changes
        ? current
        : this.rows.add(configId, current.number, changes);
    };
    return retryOnConflict(lay, async () => versionChanged((await this.current(configId)).number));
  }

  private async current(configId: string): Promise<CurrentOverrides> {
    return (await this.rows.newest(configId)) ?? { number: 0, changes: null };
  }
}

const REFUSALS = {
  not_overridable: 'is not for users to change',
  out_of_bounds: 'is not within the bounds that the service sets',
};

function refuseRefused(overrides: Overrides, { overridable }: Content): void {
  const errors = refusedOverrides(overrides, overridable).map(({ pointer, reason }) => ({
    pointer,
    message: REFUSALS[reason],
  }));
  if (errors.length > 0) throw AgentConfigErrors.notOverridable({ errors });
}
