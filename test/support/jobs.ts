// An application that runs jobs, with a table in which they leave their effects, and kinds of jobs made for a test.
import { JobHandler, JobHandlers, type JobRun, Jobs } from '../../src/platform/jobs/index.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase, statement } from '../../src/platform/database/index.js';
import { createTestApp, type TestApp } from './app.js';
import { createTestDatabase, type TestDatabase, withTestRoles } from './database.js';
import { eventually } from './wait.js';

/** Nothing in it is unique: an effect that happens twice is there twice. */
const EFFECT_TABLE = withTestRoles(`
  create table threadkeep.effect (user_id uuid, label text not null, attempt integer not null);
  create index effect__label on threadkeep.effect (label);
  alter table threadkeep.effect enable row level security;
  alter table threadkeep.effect force row level security;
  create policy effect__owner on threadkeep.effect for all to threadkeep_app
    using (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid))
    with check (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid));
  create policy effect__system on threadkeep.effect for all to threadkeep_system using (true) with check (true);
  grant select, insert on threadkeep.effect to threadkeep_app, threadkeep_system`);

const LEAVE = statement(
  'test.leave_effect',
  'insert into threadkeep.effect (user_id, label, attempt) values ($1, $2, $3)',
);
const SEEN = statement<{ count: number }>(
  'test.seen_effects',
  'select count(*)::integer as count from threadkeep.effect',
);

export const createEffects = (database: TestDatabase) => database.admin(EFFECT_TABLE);

export interface JobRow {
  id: string;
  user_id: string | null;
  status: string;
  attempts: number;
  error: string | null;
  done: number;
  total: number | null;
  due_at: Date;
}

type Run = (payload: { label: string }, job: JobRun, world: JobsWorld) => Promise<void>;

/** An application whose jobs run, and a way to look at them past all that is tested. */
export class JobsWorld {
  private kinds = 0;

  private constructor(
    readonly app: TestApp,
    readonly database: TestDatabase,
    private readonly ownsDatabase: boolean,
  ) {}

  static async start(
    environment: Record<string, string> = {},
    given?: TestDatabase,
  ): Promise<JobsWorld> {
    const database = given ?? (await createTestDatabase());
    if (!given) await createEffects(database);
    return new JobsWorld(
      await createTestApp({ JOB_CONCURRENCY: '4', ...environment }, database),
      database,
      !given,
    );
  }

  get scoped(): ScopedDatabase {
    return this.app.app.get(ScopedDatabase);
  }

  get jobs(): Jobs {
    return this.app.app.get(Jobs);
  }

  asUser<T>(userId: string, work: () => Promise<T>): Promise<T> {
    return this.app.app.get(RequestContexts).runAsUser(userId, work);
  }

  asSystem<T>(work: () => Promise<T>): Promise<T> {
    return this.scoped.runAsSystem('a test', work);
  }

  async newUser(): Promise<string> {
    return ((await this.app.service.post('/v1/users').expect(201)).body as { id: string }).id;
  }

  /** Adds a kind of job, and gives its name. */
  handle(
    run: Run,
    options: Partial<
      Pick<JobHandler, 'system' | 'every' | 'checkpointed' | 'attempts' | 'backoff'>
    > = {},
  ): string {
    const name = `test.kind_${++this.kinds}`;
    const perform = (payload: { label: string }, job: JobRun) => run(payload, job, this);
    this.app.app
      .get(JobHandlers)
      .add(Object.assign(new TestHandler(name, perform), { backoff: 0.01, ...options }));
    return name;
  }

  /** A kind of job that other processes run. */
  know(name: string): void {
    this.app.app
      .get(JobHandlers)
      .add(new TestHandler(name, () => Promise.reject(new Error('not here'))));
  }

  /** What most handlers of the tests do. */
  async leave(label: string, { attempt }: JobRun, userId: string | null): Promise<void> {
    await this.scoped.write(LEAVE, [userId, label, attempt]);
  }

  async seen(): Promise<number> {
    return (await this.scoped.read(SEEN, []))[0]!.count;
  }

  async effects(label: string): Promise<{ user_id: string | null; attempt: number }[]> {
    return (
      await this.database.admin(
        'select user_id, attempt from threadkeep.effect where label = $1 order by attempt',
        [label],
      )
    ).rows as never;
  }

  async row(id: string): Promise<JobRow | undefined> {
    return (await this.database.admin('select * from threadkeep.job where id = $1', [id]))
      .rows[0] as JobRow | undefined;
  }

  async until(id: string, status: string): Promise<JobRow> {
    await eventually(async () => (await this.row(id))?.status === status);
    return (await this.row(id))!;
  }

  /** As if the worker had not been heard of for too long. */
  async loseLease(id: string): Promise<void> {
    await this.database.admin(
      `update threadkeep.job set wake_at = now() - interval '1 second' where id = $1 and status = 'running'`,
      [id],
    );
  }

  async makeDue(id: string): Promise<void> {
    await this.database.admin(
      `update threadkeep.job set due_at = now(), wake_at = now() where id = $1`,
      [id],
    );
  }

  async close(): Promise<void> {
    await this.app.close();
    if (this.ownsDatabase) await this.database.drop();
  }
}

class TestHandler extends JobHandler<{ label: string }> {
  constructor(
    override readonly name: string,
    private readonly perform: (payload: { label: string }, job: JobRun) => Promise<void>,
  ) {
    super();
  }

  override run(payload: { label: string }, job: JobRun): Promise<void> {
    return this.perform(payload, job);
  }
}

/** A door that is shut until it is opened. */
export function gate(): { open: () => void; opened: Promise<void> } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}
