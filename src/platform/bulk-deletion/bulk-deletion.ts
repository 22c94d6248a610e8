// Deletes the rows of a list that a filter keeps, as a job. A feature extends it once for each list.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { DatabaseClock } from '../database/index.js';
import { Answer } from '../http/index.js';
import { JobHandler, type JobRun, Jobs } from '../jobs/index.js';
import { BulkDeletionErrors } from './bulk-deletion.errors.js';
import {
  alwaysHolds,
  type AnyList,
  type Condition,
  type FilterTree,
  Lists,
  readFilter,
} from '../list/index.js';
import { NIL_UUID } from '../input/index.js';

/** A filter as it was sent, already validated. */
export type SentFilter = Record<string, unknown>;

/** A moment, as an id that was made then, and in RFC 3339. */
interface Bound {
  id: string;
  time: string;
}

interface Payload<Options> {
  filter: SentFilter;
  /** Rows that were stored later are left alone. */
  upTo: Bound;
  options: Options;
}

/** What would be deleted. */
export interface DeletionPreview {
  count: number;
  ids: string[];
}

/** How many ids a preview names. */
export const MAX_PREVIEWED_IDS = 20;

@Injectable()
export class BulkDeletionTools {
  constructor(
    readonly lists: Lists,
    readonly jobs: Jobs,
    readonly clock: DatabaseClock,
  ) {}
}

/**
 * The request enqueues the job, and the job deletes batch by batch. Each batch is a transaction, so
 * a job that was interrupted goes on with what is left.
 */
export abstract class BulkDeletion<Options extends object> extends JobHandler<Payload<Options>> {
  override readonly checkpointed = true;

  protected abstract readonly list: AnyList;
  /** How many rows one transaction deletes. */
  protected abstract readonly batch: number;

  protected constructor(private readonly tools: BulkDeletionTools) {
    super();
  }

  /** Deletes these rows of the user in the open transaction. */
  protected abstract deleteThese(ids: string[], options: Options): Promise<unknown>;

  /** Refuses filters that the rows cannot answer now. */
  protected requireFilters?(filters: FilterTree[]): Promise<void>;

  /** Conditions on the rows, beside the filter and their time. */
  protected abstract within(options: Options, filters: FilterTree[]): Condition[];

  /** Removes what caches still hold, after the last batch. */
  protected abstract dropCached(): Promise<unknown>;

  /**
   * Answers a request: a dry run with what would be deleted now, any other with the job that deletes
   * the rows that exist now.
   * @throws AppError 422 for a filter that holds for everything
   */
  async request(
    { filter, dryRun }: { filter: SentFilter; dryRun?: boolean | null },
    options: Options,
  ): Promise<Answer<DeletionPreview> | { jobId: string }> {
    if (dryRun !== true) return { jobId: await this.enqueue(filter, options) };
    return new Answer(await this.preview(filter, options), { status: 200 });
  }

  private async preview(filter: SentFilter, options: Options): Promise<DeletionPreview> {
    const { lists } = this.tools;
    const filters = await this.filters(filter);
    const within = this.within(options, filters);
    const page = { after: NIL_UUID, limit: MAX_PREVIEWED_IDS };
    return {
      count: await lists.count(this.list, filters, within),
      ids: await lists.ids(this.list, filters, within, page),
    };
  }

  private async enqueue(filter: SentFilter, options: Options): Promise<string> {
    await this.filters(filter);
    const now = await this.tools.clock.now();
    // Rows have the next millisecond when theirs was rounded up.
    const time = new Date(now.getTime() + 1).toISOString();
    const upTo: Bound = { id: uuidv7(), time };
    return this.tools.jobs.enqueue(this.name, { filter, upTo, options });
  }

  override async run({ filter, upTo, options }: Payload<Options>, job: JobRun): Promise<void> {
    const { lists } = this.tools;
    const filters = await this.filters(filter);
    const within = [...this.within(options, filters), storedBy(this.list, upTo)];
    const total = await job.step(() => lists.count(this.list, filters, within));
    // A batch may have been too much for one statement, because each row may have many others.
    const limit = Math.max(1, Math.floor(this.batch / 4 ** (job.attempt - 1)));
    let [done, after] = [0, NIL_UUID];
    job.report(done, total);
    for (let ids: string[] | undefined; ids === undefined || ids.length === limit;) {
      const page = { after, limit };
      ids = await job.step(async () => {
        const found = await lists.ids(this.list, filters, within, page);
        if (found.length > 0) await this.deleteThese(found, options);
        job.report(done + found.length, total);
        return found;
      });
      done += ids.length;
      after = ids.at(-1) ?? after;
    }
    await this.dropCached();
  }

  /** @throws AppError 422 for a filter that holds for everything */
  private async filters(filter: SentFilter): Promise<FilterTree[]> {
    const { filter: read } = readFilter(this.list.declaration, filter);
    if (alwaysHolds(read) === true) throw BulkDeletionErrors.noCondition();
    const filters = 'all' in read ? read.all : [read];
    await this.requireFilters?.(filters);
    return filters;
  }
}

/**
 * Ids that the service makes have the time at which the row was stored. `createdAt` may be that of a
 * source, and decides only for ids that a client chose.
 */
const storedBy = (list: AnyList, { id, time }: Bound): Condition => ({
  name: `stored by ${time}`,
  text: (parameter) => {
    const [own, created] = [list.field(list.unique)!.column, list.field('createdAt')!.column];
    return `case when substr(${own}::text, 15, 1) = '7' then ${own} <= ${parameter(id, 'uuid')}
      else ${created} <= ${parameter(time, 'timestamptz')} end`;
  },
});
