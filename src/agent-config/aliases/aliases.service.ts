// Manages aliases: names that point to one version, or to several with a percentage of the users
// each. An alias can be rolled back.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../../platform/context/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import { versionChanged } from '../../platform/repository/index.js';
import type { AliasRevision } from '../agent-config-row.js';
import { AgentConfigErrors } from '../agent-configs.errors.js';
import { AgentConfigsRepository } from '../agent-configs.repository.js';
import { AgentConfigsService } from '../agent-configs.service.js';
import type { TrafficTarget } from './traffic.js';

const MAX_SHOWN_REVISIONS = 50;

@Injectable()
export class AliasesService {
  constructor(
    private readonly configs: AgentConfigsService,
    private readonly rows: AgentConfigsRepository,
    private readonly contexts: RequestContexts,
    private readonly database: ScopedDatabase,
  ) {}

  async list(id: string): Promise<AliasRevision[]> {
    await this.configs.requireExists(id);
    return this.rows.aliases(id);
  }

  /**
   * Returns the revisions of an alias, newest first.
   * @throws AppError 404
   */
  async get(id: string, alias: string): Promise<AliasRevision[]> {
    await this.configs.requireExists(id);
    return this.readRevisions(id, alias);
  }

  /**
   * Creates an alias, or points it to other versions.
   * @throws AppError 412 when `expected` is given and is not the number of its newest revision
   */
  point(
    id: string,
    alias: string,
    targets: TrafficTarget[],
    expected?: number,
  ): Promise<AliasRevision[]> {
    const total = targets.reduce((sum, { percent }) => sum + percent, 0);
    if (total !== 100)
      throw AgentConfigErrors.invalidPercentages({
        errors: [{ pointer: '/targets', message: `must add up to 100 percent, not ${total}` }],
      });
    return this.revise(id, alias, expected, (current) => ({
      targets,
      previous: current?.number ?? null,
    }));
  }

  /**
   * Restores the targets from before the newest revision that was no rollback. Repeated calls go
   * back further.
   */
  rollback(id: string, alias: string, expected?: number): Promise<AliasRevision[]> {
    return this.revise(id, alias, expected, async (current) => {
      if (!current) throw AgentConfigErrors.aliasNotFound();
      const before =
        current.previous === null
          ? null
          : await this.rows.aliasRevision(id, alias, current.previous);
      if (!before) throw AgentConfigErrors.noEarlierTargets();
      return { targets: before.targets, previous: before.previous };
    });
  }

  async remove(id: string, alias: string): Promise<void> {
    await this.database.transaction(async () => {
      await this.lock(id);
      if (!(await this.rows.dropAlias(id, alias))) throw AgentConfigErrors.aliasNotFound();
    });
  }

  private revise(
    id: string,
    alias: string,
    expected: number | undefined,
    next: (current: AliasRevision | undefined) => AliasState | Promise<AliasState>,
  ): Promise<AliasRevision[]> {
    return this.database.transaction(async () => {
      const newest = await this.lock(id);
      const [current] = await this.rows.aliasRevisions(id, alias, 1);
      if (expected !== undefined && expected !== current?.number)
        throw current ? versionChanged(current.number) : RequestErrors.preconditionFailed();
      const { targets, previous } = await next(current);
      const missing = targets.find(({ version }) => version > newest);
      if (missing)
        throw AgentConfigErrors.unknownVersion({
          errors: [
            {
              pointer: '',
              message: `names version ${missing.version}, but the newest version is ${newest}`,
            },
          ],
        });
      await this.rows.addAliasRevision(id, {
        alias,
        number: (current?.number ?? 0) + 1,
        targets,
        previous,
        author: this.contexts.actor,
      });
      return this.readRevisions(id, alias);
    });
  }

  /**
   * Locks the configuration until the transaction ends, and counts up its revision.
   * @returns the number of the newest version
   */
  private async lock(id: string): Promise<number> {
    const newest = await this.rows.lockForRevision(id);
    if (newest === null) throw await this.configs.writeFailure(id);
    return newest;
  }

  private async readRevisions(id: string, alias: string): Promise<AliasRevision[]> {
    const revisions = await this.rows.aliasRevisions(id, alias, MAX_SHOWN_REVISIONS);
    if (revisions.length === 0) throw AgentConfigErrors.aliasNotFound();
    return revisions;
  }
}

interface AliasState {
  targets: TrafficTarget[];
  previous: number | null;
}
