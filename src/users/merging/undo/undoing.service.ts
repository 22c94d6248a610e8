// Decides whether a merge may be undone, and enqueues the job.
import { Injectable } from '@nestjs/common';
import { AuditRecords } from '../../../platform/audit/index.js';
import { ScopedDatabase } from '../../../platform/database/index.js';
import { Answer } from '../../../platform/http/index.js';
import { Jobs } from '../../../platform/jobs/index.js';
import { UserNames } from '../../user-names.js';
import { UserErrors } from '../../users.errors.js';
import { UsersService } from '../../users.service.js';
import type { UndoMergeDto, UndoMergePreviewDto } from '../dto/merge.dto.js';
import type { MergedPair } from './merge-undo.repository.js';
import { UndoMerge } from './undo-merge.job.js';

@Injectable()
export class UndoingService {
  constructor(
    private readonly users: UsersService,
    private readonly names: UserNames,
    private readonly undoing: UndoMerge,
    private readonly jobs: Jobs,
    private readonly records: AuditRecords,
    private readonly database: ScopedDatabase,
  ) {}

  /**
   * Enqueues the undo, or tells what it would do.
   * @throws AppError 404 or 410 without the user, 404 when no such user was merged, and 409 when the
   *   merge cannot be undone
   */
  request(
    to: string,
    asked: UndoMergeDto,
  ): Promise<Answer<UndoMergePreviewDto> | { jobId: string }> {
    return this.database.transaction(async () => {
      const pair = await this.checked(to, asked);
      if (asked.dryRun === true)
        return new Answer(await this.undoing.preview(pair), { status: 200 });
      await this.records.write({
        action: 'user.merge_undo_requested',
        userId: pair.to,
        subject: pair.from,
      });
      const key = `${pair.from} ${pair.to}`;
      return { jobId: await this.jobs.enqueue(this.undoing.name, pair, { key }) };
    });
  }

  private async checked(to: string, { from: name }: UndoMergeDto): Promise<MergedPair> {
    const account = await this.users.get(to);
    const merged = await this.names.getMerged(name, '/from');
    if (merged.mergedInto !== account.id)
      throw UserErrors.notUndoable({ detail: 'It was merged into another user.' });
    const pair = { from: merged.id, to: account.id };
    await this.undoing.require(pair);
    return pair;
  }
}
