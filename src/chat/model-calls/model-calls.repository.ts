// SQL of a user's model calls. model-call-queue.repository.ts has that of running them.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';
import { type ListQuery, Lists, type Page } from '../../platform/list/index.js';
import { type Amounts, Quotas } from '../../platform/quotas/index.js';
import { ChangeFeed } from '../../platform/streams/index.js';
import type { ListedModelCallDto } from './dto/model-call.dto.js';
import type { ModelCallRecord } from './model-call.entity.js';
import type { ModelCallRow } from './model-call-row.js';
import { modelCallList } from './model-call.list.js';
import { SealedCalls } from './sealed-calls.js';

/** Of `ModelCallRow`, with `c` as the call. */
const columns = `c.id, c.state, c.priority, c.provider, c.model, c.reply,
  c.finish_reason as "finishReason", c.usage, c.cost_usd as "costUsd", c.error, c.attempts,
  c.created_at as "createdAt", c.started_at as "startedAt", c.finished_at as "finishedAt",
  case when c.state = 'queued' then (
    select count(*)::int from threadkeep.model_call b
     where b.user_id = c.user_id and b.provider = c.provider and b.state = 'queued'
       and (b.priority, b.id) < (c.priority, c.id)
  ) end as "queuePosition"`;

/** True when fewer calls of the user wait than the parameter says. */
const hasRoom = (most: string): string => `(select count(*) from (
    select from threadkeep.model_call w where w.user_id = $1 and w.state = 'queued' limit ${most}
  ) waiting) < ${most}`;

/** Returns no row when the user has $8 calls that wait. */
const INSERT = ownedStatement<ModelCallRow>(
  'model_call.insert',
  `insert into threadkeep.model_call as c
     (user_id, id, state, priority, provider, model, request, on_crash)
   select $1, $2, 'queued', $3, $4, $5, $6, $7 where ${hasRoom('$8')}
   returning ${columns}`,
);

const FIND = ownedStatement<ModelCallRow>(
  'model_call.find',
  `select ${columns} from threadkeep.model_call c where c.user_id = $1 and c.id = $2`,
);

/** One that waits ends at once; a running one is ended by the process that runs it. */
const CANCEL = ownedStatement<ModelCallRow>(
  'model_call.cancel',
  `update threadkeep.model_call c
      set cancel_requested = true,
        state = case when c.state = 'queued' then 'cancelled' else c.state end,
        finished_at = case when c.state = 'queued' then clock_timestamp() end
    where c.user_id = $1 and c.id = $2 and c.state in ('queued', 'running')
   returning ${columns}`,
);

/** Returns no row unless the call has failed and the user has fewer than $3 calls that wait. */
const RETRY = ownedStatement<ModelCallRow>(
  'model_call.retry',
  `update threadkeep.model_call c
      set state = 'queued', attempts = 0, cancel_requested = false, reply = null, error = null,
        finish_reason = null, usage = null, cost_usd = null, started_at = null, finished_at = null
    where c.user_id = $1 and c.id = $2 and c.state = 'failed' and ${hasRoom('$3')}
   returning ${columns}`,
);

const REMOVE = ownedStatement<{ id: string }>(
  'model_call.remove',
  `delete from threadkeep.model_call c where c.user_id = $1 and c.id = $2 returning c.id`,
);

const USAGE = ownedStatement<Amounts>(
  'model_call.usage',
  `select count(*)::float8 as "modelCalls",
     coalesce(sum(octet_length(request) + coalesce(octet_length(reply), 0)), 0)::float8
       as "modelCallBytes"
    from threadkeep.model_call where user_id = $1`,
  { slow: true },
);

export type NewModelCall = Pick<
  ModelCallRecord,
  'id' | 'priority' | 'provider' | 'model' | 'request' | 'onCrash'
>;

@Injectable()
export class ModelCallsRepository implements OnModuleInit {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly feed: ChangeFeed,
    private readonly lists: Lists,
    private readonly quotas: Quotas,
    private readonly sealed: SealedCalls,
  ) {}

  onModuleInit(): void {
    this.quotas.register({ area: 'modelCalls', statement: USAGE });
  }

  /** Returns null when as many calls of the user wait as may. */
  async insert(call: NewModelCall, maxWaiting: number): Promise<ModelCallRow | null> {
    const { id, priority, provider, model, onCrash } = call;
    const request = await this.sealed.request(id, call.request);
    const values = [id, priority, provider, model, request, onCrash, maxWaiting];
    return (await this.database.write(INSERT, values))[0] ?? null;
  }

  /** @throws AppError `vault.unreadable` */
  async find(id: string): Promise<ModelCallRow | null> {
    const [row] = await this.database.read(FIND, [id]);
    return row ? this.sealed.openReply(row) : null;
  }

  list(query: ListQuery): Promise<Page<ListedModelCallDto>> {
    return this.lists.page(modelCallList, query);
  }

  /** Returns null when the call has ended. */
  async cancel(id: string): Promise<ModelCallRow | null> {
    return this.changed(await this.database.write(CANCEL, [id]));
  }

  /** Returns null when the call has not failed, or as many calls of the user wait as may. */
  async retry(id: string, maxWaiting: number): Promise<ModelCallRow | null> {
    return this.changed(await this.database.write(RETRY, [id, maxWaiting]));
  }

  /** Returns false when there is none. */
  async remove(id: string): Promise<boolean> {
    return this.changed(await this.database.write(REMOVE, [id])) !== null;
  }

  /** Wakes who watches a call that was changed. */
  private changed<T extends { id: string }>([row]: T[]): T | null {
    if (row) this.feed.changed(row.id);
    return row ?? null;
  }
}
