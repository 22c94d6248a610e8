import { Injectable } from '@nestjs/common';
import { ScopedDatabase } from '../database/index.js';
import type { ListQuery, Page } from '../list/index.js';
import type { AdminJobDto, JobDto, JobState } from './dto/job.dto.js';
import { JobNotifier } from './job-notifier.js';
import { JobErrors } from './jobs.errors.js';
import { JobsRepository, RETRYABLE_HOURS } from './jobs.repository.js';

/** Further attempts of a dead letter that an operator retries. */
const RETRY_ATTEMPTS = 8;

@Injectable()
export class JobsService {
  constructor(
    private readonly jobs: JobsRepository,
    private readonly database: ScopedDatabase,
    private readonly notifier: JobNotifier,
  ) {}

  list(query: ListQuery): Promise<Page<JobDto>> {
    return this.jobs.list(query);
  }

  async get(id: string): Promise<JobState> {
    return found(await this.jobs.find(id));
  }

  listAll(query: ListQuery): Promise<Page<AdminJobDto>> {
    return this.jobs.listAll(query);
  }

  async getAny(id: string): Promise<JobState> {
    return found(await this.jobs.findAny(id));
  }

  /**
   * @throws AppError 409 when the job has not failed, failed too long ago, or another active job has
   *   its key
   */
  retry(id: string): Promise<JobState> {
    return this.database.transaction(async () => {
      const retried = await this.jobs.retry(id, RETRY_ATTEMPTS);
      const job = await this.getAny(id);
      if (!retried) throw refusalOf(job);
      this.database.afterCommit(() => this.notifier.enqueued());
      return job;
    });
  }
}

const refusalOf = ({ status }: JobState) =>
  status === 'failed'
    ? JobErrors.tooOld({ detail: `It failed more than ${RETRYABLE_HOURS} hours ago.` })
    : JobErrors.notFailed({ detail: `It is ${status}.` });

function found(job: JobState | null): JobState {
  if (!job) throw JobErrors.notFound();
  return job;
}
