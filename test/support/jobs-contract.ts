// What jobs do, whatever carries them: the same assertions on each back-end.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TaskErrors } from '../../src/planner/tasks/tasks.errors.js';
import { gate, type JobsWorld } from './jobs.js';
import { eventually } from './wait.js';

export interface Carrier {
  /** What readiness calls it. */
  transport: string;
  start: () => Promise<JobsWorld>;
}

export function jobsContract({ transport, start }: Carrier): void {
  let world: JobsWorld;
  let ada: string;
  let bob: string;
  let labels = 0;
  const label = () => `label ${++labels}`;

  beforeAll(async () => {
    world = await start();
    [ada, bob] = [await world.newUser(), await world.newUser()];
    await eventually(
      async () =>
        (await world.app.anonymous.get('/health/ready')).body.details.jobs.transport === transport,
    );
  });
  afterAll(() => world?.close());

  /** A kind of job that leaves its label where its user's rows are. */
  const leaving = () => world.handle(({ label: left }, job) => world.leave(left, job, ada));
  const enqueue = (name: string, payload: object, options = {}) =>
    world.asUser(ada, () => world.jobs.enqueue(name, payload, options));

  describe('a job', () => {
    it('runs once when the transaction that needs it has committed', async () => {
      const [name, left] = [leaving(), label()];
      const id = await world.asUser(ada, () =>
        world.scoped.transaction(() => world.jobs.enqueue(name, { label: left })),
      );
      expect(await world.until(id, 'completed')).toMatchObject({
        user_id: ada,
        attempts: 1,
        error: null,
      });
      expect(await world.effects(left)).toEqual([{ user_id: ada, attempt: 1 }]);
    });

    it('does not exist when that is rolled back', async () => {
      const [name, left] = [leaving(), label()];
      let id = '';
      const work = world.asUser(ada, () =>
        world.scoped.transaction(async () => {
          id = await world.jobs.enqueue(name, { label: left });
          throw new Error('changed my mind');
        }),
      );
      await expect(work).rejects.toThrow('changed my mind');
      expect(await world.row(id)).toBeUndefined();
      await world.until(await enqueue(name, { label: label() }), 'completed');
      expect(await world.effects(left)).toEqual([]);
    });

    it('sees the rows of its user, and of nobody else', async () => {
      let seen = -1;
      const name = world.handle(async () => void (seen = await world.seen()));
      await world.database.admin(
        'insert into threadkeep.effect (user_id, label, attempt) values ($1, $3, 0), ($2, $3, 0)',
        [ada, bob, label()],
      );
      const theirs = (
        await world.database.admin('select from threadkeep.effect where user_id = $1', [bob])
      ).rowCount;
      await world.until(await world.asUser(bob, () => world.jobs.enqueue(name)), 'completed');
      expect(seen).toBe(theirs);
    });

    it('waits until it is due', async () => {
      const [name, left] = [leaving(), label()];
      const id = await enqueue(name, { label: left }, { delaySeconds: 3_600 });
      await world.until(await enqueue(name, { label: label() }), 'completed');
      expect(await world.row(id)).toMatchObject({ status: 'queued', attempts: 0 });
      await world.makeDue(id);
      await world.until(id, 'completed');
    });

    it('is cancelled when its user is removed', async () => {
      const [name, left, carol] = [leaving(), label(), await world.newUser()];
      const id = await world.asUser(carol, () =>
        world.jobs.enqueue(name, { label: left }, { delaySeconds: 3_600 }),
      );
      await world.app.service.delete(`/v1/users/${carol}`).expect(204);
      expect(await world.row(id)).toBeUndefined();
    });

    it('writes nothing when its user is removed while it runs', async () => {
      const [left, carol, started, removed] = [label(), await world.newUser(), gate(), gate()];
      const name = world.handle(async (_, job) => {
        await world.leave(left, job, carol);
        started.open();
        await removed.opened;
      });
      const id = await world.asUser(carol, () => world.jobs.enqueue(name));
      await started.opened;
      await world.app.service.delete(`/v1/users/${carol}`).expect(204);
      removed.open();
      await world.until(await enqueue(leaving(), { label: label() }), 'completed');
      await eventually(async () => (await world.app.anonymous.get('/metrics')).text.length > 0);
      expect(await world.row(id)).toBeUndefined();
      expect(await world.effects(left)).toEqual([]);
    });

    it('needs a handler', async () => {
      await expect(enqueue('test.nobody', {})).rejects.toThrow('no handler is named test.nobody');
    });
  });

  describe('a key', () => {
    it('stands for one job of its owner, until that has ended', async () => {
      const name = leaving();
      const later = { key: 'k', delaySeconds: 3_600 };
      const first = await enqueue(name, { label: label() }, later);
      const together = await Promise.all(
        Array.from({ length: 5 }, () => enqueue(name, { label: label() }, later)),
      );
      expect(new Set([first, ...together])).toEqual(new Set([first]));
      const others = [
        await world.asUser(bob, () => world.jobs.enqueue(name, {}, later)),
        await world.asSystem(() => world.jobs.enqueue(name, {}, later)),
      ];
      expect(new Set([first, ...others]).size).toBe(3);
      await world.makeDue(first);
      await world.until(first, 'completed');
      expect(await enqueue(name, { label: label() }, later)).not.toBe(first);
    });
  });

  describe('a job that fails', () => {
    it('is tried again, and leaves the effect of the attempt that succeeds alone', async () => {
      const left = label();
      const errors: (string | null)[] = [];
      const name = world.handle(async (_, job) => {
        await world.leave(left, job, ada);
        // Each attempt sees the error of the one before.
        errors.push((await world.row(job.id))?.error ?? null);
        if (job.attempt < 3)
          throw new Error(`attempt ${job.attempt} with postgres://ada:secret@host/db`);
      });
      const id = await enqueue(name, {});
      expect(await world.until(id, 'completed')).toMatchObject({ attempts: 3, error: null });
      expect(errors).toEqual([
        null,
        expect.stringContaining('attempt 1'),
        expect.stringContaining('attempt 2'),
      ]);
      expect(errors.join()).not.toContain('secret');
      expect(await world.effects(left)).toEqual([{ user_id: ada, attempt: 3 }]);
    });

    it('is a dead letter with its reason after as many attempts as it may have, and can be sent once more', async () => {
      let isBroken = true;
      const left = label();
      const name = world.handle(
        async (_, job) => {
          if (isBroken) throw TaskErrors.notFound();
          await world.leave(left, job, ada);
        },
        { attempts: 2 },
      );
      const id = await enqueue(name, {});
      expect(await world.until(id, 'failed')).toMatchObject({
        attempts: 2,
        error: 'task.not_found: No such task',
      });
      expect((await world.app.anonymous.get('/metrics')).text).toContain(
        `threadkeep_jobs_total{name="${name}",result="failed"} 1`,
      );
      isBroken = false;
      await world.app.service.post(`/v1/admin/jobs/${id}/retry`).expect(200);
      expect(await world.until(id, 'completed')).toMatchObject({ attempts: 3, error: null });
      expect(await world.effects(left)).toHaveLength(1);
    });

    it('says of a failed statement its code and no value', async () => {
      const broken = world.handle(
        async () => void (await world.database.admin(`select 'private'::integer`)),
        { attempts: 1 },
      );
      const { error } = await world.until(await enqueue(broken, {}), 'failed');
      expect(error).toContain('22P02');
      expect(error).not.toContain('private');
    });
  });

  describe('a job of the system', () => {
    it('runs as the system for the reason its handler states', async () => {
      let seen = 0;
      const name = world.handle(async () => void (seen = await world.seen()), {
        system: 'count what is there',
      });
      await world.database.admin(
        'insert into threadkeep.effect (user_id, label, attempt) values ($1, $3, 0), ($2, $3, 0)',
        [ada, bob, label()],
      );
      const there = (await world.database.admin('select from threadkeep.effect')).rowCount;
      await world.until(await world.asSystem(() => world.jobs.enqueue(name)), 'completed');
      expect(seen).toBe(there);
    });

    it('does not run without a reason', async () => {
      const name = world.handle(async () => undefined, { attempts: 1 });
      const id = await world.asSystem(() => world.jobs.enqueue(name));
      expect((await world.until(id, 'failed')).error).toContain(
        'gives no reason to run as the system',
      );
    });

    it('can be enqueued for a user, whose scope it has then; a user cannot do that for another', async () => {
      const [name, left] = [
        world.handle(({ label: text }, job) => world.leave(text, job, bob)),
        label(),
      ];
      await world.until(
        await world.asSystem(() => world.jobs.enqueue(name, { label: left }, { userId: bob })),
        'completed',
      );
      expect(await world.effects(left)).toEqual([{ user_id: bob, attempt: 1 }]);
      await expect(enqueue(name, {}, { userId: bob })).rejects.toThrow('for another');
    });

    it('runs again and again by the clock, with one run ordered at a time', async () => {
      const left = label();
      const name = world.handle((_, job) => world.leave(left, job, null), {
        system: 'a clock',
        every: 3600,
      });
      const first = await world.asSystem(() => world.jobs.enqueue(name, {}, { key: name }));
      await world.until(first, 'completed');
      const ordered = async () =>
        (
          await world.database.admin(
            `select id, due_at from threadkeep.job where name = $1 and status = 'queued'`,
            [name],
          )
        ).rows;
      const [next, ...more] = await ordered();
      expect(more).toEqual([]);
      expect((next!['due_at'] as Date).getTime() - Date.now()).toBeGreaterThan(3_500_000);
      await world.makeDue(next!['id'] as string);
      await world.until(next!['id'] as string, 'completed');
      expect(await ordered()).toHaveLength(1);
      expect(await world.effects(left)).toHaveLength(2);
    });
  });

  describe('a worker that is not heard of', () => {
    it('loses the job to another, and can no longer write under it', async () => {
      const [left, first, late] = [label(), gate(), gate()];
      const name = world.handle(async (_, job) => {
        await world.leave(left, job, ada);
        if (job.attempt > 1) return;
        first.open();
        await late.opened;
      });
      const id = await enqueue(name, {});
      await first.opened;
      await world.loseLease(id);
      expect(await world.until(id, 'completed')).toMatchObject({ attempts: 2 });
      late.open();
      await world.until(await enqueue(leaving(), { label: label() }), 'completed');
      expect(await world.effects(left)).toEqual([{ user_id: ada, attempt: 2 }]);
      expect(await world.row(id)).toMatchObject({ status: 'completed', attempts: 2 });
    });

    it('makes the job a dead letter when it was the last that might try', async () => {
      const [started, end] = [gate(), gate()];
      const name = world.handle(async () => (started.open(), end.opened), { attempts: 1 });
      const id = await enqueue(name, {});
      await started.opened;
      await world.loseLease(id);
      expect(await world.until(id, 'failed')).toMatchObject({
        attempts: 1,
        error: 'its worker stopped',
      });
      end.open();
    });
  });

  describe('a job in steps', () => {
    it('shows how far it is, and each step is committed for itself', async () => {
      const [left, half, end] = [label(), gate(), gate()];
      const name = world.handle(
        async (_, job) => {
          await job.step(async () => (await world.leave(left, job, ada), job.report(1, 2)));
          half.open();
          await end.opened;
          await job.step(async () => (await world.leave(left, job, ada), job.report(2)));
        },
        { checkpointed: true },
      );
      const id = await enqueue(name, {});
      await half.opened;
      expect(await world.row(id)).toMatchObject({ status: 'running', done: 1, total: 2 });
      expect(await world.effects(left)).toHaveLength(1);
      end.open();
      expect(await world.until(id, 'completed')).toMatchObject({ done: 2, total: 2 });
      expect(await world.effects(left)).toHaveLength(2);
    });

    it('goes on with what the last step kept, after its process has ended', async () => {
      const [late, ended] = [gate(), gate()];
      const payloads: object[] = [];
      const name = world.handle(
        async (payload, job) => {
          payloads.push(payload);
          if (job.attempt > 1) return;
          await job.step(async () => (job.report(1), job.keep({ label: 'half' })));
          job.keep({ label: 'not committed' });
          await world.loseLease(job.id);
          await late.opened;
          ended.open();
        },
        { checkpointed: true },
      );
      const id = await enqueue(name, { label: 'all' });
      await world.until(id, 'completed');
      late.open();
      await ended.opened;
      expect(payloads).toEqual([{ label: 'all' }, { label: 'half' }]);
      expect(await world.row(id)).toMatchObject({ payload: {}, attempts: 2 });
    });

    it('cannot take a step when another worker has the job', async () => {
      const [left, first, late, refused] = [label(), gate(), gate(), gate()];
      const name = world.handle(
        async (_, job) => {
          if (job.attempt === 1) {
            first.open();
            await late.opened;
          }
          await job
            .step(() => world.leave(left, job, ada))
            .catch((error: unknown) => {
              refused.open();
              throw error;
            });
        },
        { checkpointed: true },
      );
      const id = await enqueue(name, {});
      await first.opened;
      await world.loseLease(id);
      await world.until(id, 'completed');
      late.open();
      await refused.opened;
      expect(await world.effects(left)).toEqual([{ user_id: ada, attempt: 2 }]);
    });
  });
}
