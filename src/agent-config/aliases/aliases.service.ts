// Aliases: names that point to versions, may share their users between several, and can go back to where they pointed before.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../../platform/context/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import { versionChanged } from '../../platform/repository/index.js';
import type { MoveRow } from '../agent-config-row.js';
import { AgentConfigErrors } from '../agent-configs.errors.js';
import { AgentConfigsRepository } from '../agent-configs.repository.js';
import { AgentConfigsService } from '../agent-configs.service.js';
import type { Target } from './traffic.js';

/** Moves that are shown of an alias. */
const SHOWN = 50;

@Injectable()
export class AliasesService {
  constructor(
    private readonly configs: AgentConfigsService,
    private readonly rows: AgentConfigsRepository,
    private readonly contexts: RequestContexts,
    private readonly database: ScopedDatabase,
  ) {}

  async list(id: string): Promise<MoveRow[]> {
    await this.configs.requireKnown(id);
    return this.rows.aliases(id);
  }

  /** Newest first. @throws AppError 404 */
  async get(id: string, alias: string): Promise<MoveRow[]> {
    await this.configs.requireKnown(id);
    return this.movesOf(id, alias);
  }

  /**
   * Points it to other versions, or makes it.
   * @throws AppError 412 when `expected` is given and is not the number of its last move
   */
  point(id: string, alias: string, targets: Target[], expected?: number): Promise<MoveRow[]> {
    if (targets.reduce((sum, { percent }) => sum + percent, 0) !== 100)
      throw AgentConfigErrors.uneven({
        errors: [{ pointer: '/targets', message: 'must add up to 100 percent' }],
      });
    return this.moved(id, alias, expected, (current) => ({
      targets,
      previous: current?.number ?? null,
    }));
  }

  /** Back to where it pointed before the last move that was no rollback; again, further back. */
  rollback(id: string, alias: string, expected?: number): Promise<MoveRow[]> {
    return this.moved(id, alias, expected, async (current) => {
      if (!current) throw AgentConfigErrors.aliasNotFound();
      const before =
        current.previous === null ? null : await this.rows.move(id, alias, current.previous);
      if (!before) throw AgentConfigErrors.nothingBefore();
      return { targets: before.targets, previous: before.previous };
    });
  }

  async remove(id: string, alias: string): Promise<void> {
    await this.database.transaction(async () => {
      await this.lock(id);
      if (!(await this.rows.dropAlias(id, alias))) throw AgentConfigErrors.aliasNotFound();
    });
  }

  private moved(
    id: string,
    alias: string,
    expected: number | undefined,
    next: (current: MoveRow | undefined) => Where | Promise<Where>,
  ): Promise<MoveRow[]> {
    return this.database.transaction(async () => {
      const newest = await this.lock(id);
      const [current] = await this.rows.moves(id, alias, 1);
      if (expected !== undefined && expected !== current?.number)
        throw current ? versionChanged(current.number) : RequestErrors.preconditionFailed();
      const { targets, previous } = await next(current);
      const missing = targets.find(({ version }) => version > newest);
      if (missing)
        throw AgentConfigErrors.unknownVersion({
          errors: [{ pointer: '', message: `there is no version ${missing.version}` }],
        });
      await this.rows.addMove(id, {
        alias,
        number: (current?.number ?? 0) + 1,
        targets,
        previous,
        author: this.contexts.actor,
      });
      return this.movesOf(id, alias);
    });
  }

  /** @returns the newest version */
  private async lock(id: string): Promise<number> {
    const newest = await this.rows.lock(id);
    if (newest === null) throw await this.configs.refusal(id);
    return newest;
  }

  private async movesOf(id: string, alias: string): Promise<MoveRow[]> {
    const moves = await this.rows.moves(id, alias, SHOWN);
    if (moves.length === 0) throw AgentConfigErrors.aliasNotFound();
    return moves;
  }
}

interface Where {
  targets: Target[];
  previous: number | null;
}
