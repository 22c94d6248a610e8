// Decides whether two users may be merged, and enqueues the job.
import { Injectable } from '@nestjs/common';
import { AuditRecords } from '../../platform/audit/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { Answer } from '../../platform/http/index.js';
import { Jobs } from '../../platform/jobs/index.js';
import { UserNames } from '../user-names.js';
import { UserErrors } from '../users.errors.js';
import { UsersService } from '../users.service.js';
import type { MergeDto } from './dto/merge.dto.js';
import { type Merge, type MergePreview, MergeUsers, refuse } from './merge-users.job.js';

@Injectable()
export class MergingService {
  constructor(
    private readonly users: UsersService,
    private readonly names: UserNames,
    private readonly merging: MergeUsers,
    private readonly jobs: Jobs,
    private readonly records: AuditRecords,
    private readonly database: ScopedDatabase,
  ) {}

  /**
   * Enqueues the merge, or tells what it would do.
   * @throws AppError 404 or 410 without one of the users; 409 for the same user twice, for users who
   *   are not active, and for collisions that cannot be or should not be renamed
   */
  request(to: string, asked: MergeDto): Promise<Answer<MergePreview> | { jobId: string }> {
    return this.database.transaction(async () => {
      const merge = await this.checked(to, asked);
      const preview = await this.merging.preview(merge);
      if (asked.dryRun === true) return new Answer(preview, { status: 200 });
      refuse(preview.collisions.filter(({ canRename }) => !(merge.rename && canRename)));
      await this.records.write({
        action: 'user.merge_requested',
        userId: merge.from,
        subject: merge.to,
      });
      const key = `${merge.from} ${merge.to}`;
      return { jobId: await this.jobs.enqueue(this.merging.name, merge, { key }) };
    });
  }

  private async checked(to: string, { from: name, onCollision }: MergeDto): Promise<Merge> {
    const target = await this.users.get(to);
    const from = await this.names.getId(name, '/from');
    if (from === target.id)
      throw UserErrors.notMergeable({ detail: 'Both names are those of the same user.' });
    const source = await this.users.get(from);
    if ([source, target].some(({ status }) => status !== 'active'))
      throw UserErrors.notMergeable({ detail: 'Both users must be active.' });
    return { from, to: target.id, rename: onCollision === 'rename' };
  }
}
