import { describe, expect, it } from '@jest/globals';
import type { DiscoveryService } from '@nestjs/core';
import { reasonOf } from './failure.js';
import { JobNotifier } from './job-notifier.js';
import { backoffOf, JobHandler } from './job-handler.js';
import { JobHandlers } from './job-handlers.js';
import { JobErrors } from './jobs.errors.js';
import { JobsModule } from './jobs.module.js';

class Kind extends JobHandler {
  constructor(override readonly name: string) {
    super();
  }

  override run(): Promise<void> {
    return Promise.resolve();
  }
}

describe('the time between two attempts', () => {
  it('doubles, up to ten minutes', () => {
    const longest = [1, 2, 3, 8, 9, 30].map((attempt) =>
      backoffOf({ backoff: 2 }, attempt, () => 1),
    );
    expect(longest).toEqual([2, 4, 8, 256, 512, 600]);
  });

  it('is half of that at least, and the rest is chance', () => {
    expect(backoffOf({ backoff: 2 }, 3, () => 0)).toBe(4);
    const times = new Set(Array.from({ length: 20 }, () => backoffOf({ backoff: 2 }, 3)));
    expect(times.size).toBeGreaterThan(1);
    for (const time of times) expect(time >= 4 && time <= 8).toBe(true);
  });
});

describe('the kinds of jobs', () => {
  it('are known by their names', () => {
    const handlers = new JobHandlers();
    const kind = new Kind('a.kind');
    handlers.add(kind);
    expect(handlers.get('a.kind')).toBe(kind);
    expect(handlers.names).toEqual(['a.kind']);
    expect(() => handlers.add(new Kind('a.kind'))).toThrow('two handlers are named a.kind');
    expect(() => handlers.get('constructor')).toThrow('no handler is named constructor');
  });

  it('are the providers that extend the base class, whatever tokens they have', () => {
    const handlers = new JobHandlers();
    const kinds = [new Kind('a.kind'), new Kind('b.kind')];
    const instances = [...kinds, kinds[0], handlers, undefined, 'a value'];
    const discovery = { getProviders: () => instances.map((instance) => ({ instance })) };
    new JobsModule(discovery as unknown as DiscoveryService, handlers).onModuleInit();
    expect(handlers.names.map((name) => handlers.get(name))).toEqual(kinds);
  });

  it('recurring jobs run as the system only, with a reason', () => {
    expect(() => new JobHandlers().add(Object.assign(new Kind('a.clock'), { every: 60 }))).toThrow(
      'The recurring job a.clock runs as the system: set `system` to the reason',
    );
  });
});

describe('the reason of a failure', () => {
  it('is the code and the title of an expected one', () => {
    expect(reasonOf(JobErrors.notFound())).toBe('job.not_found: No such job');
  });

  it('is the code and the constraint of a failed statement, and none of its text', () => {
    const failure = Object.assign(new Error('Key (email)=(ada@mail.example) already exists.'), {
      code: '23505',
      constraint: 'app_user__email',
      routine: '_bt_check_unique',
    });
    expect(reasonOf(failure)).toBe('Error: 23505: app_user__email');
  });

  it('keeps no secret, nothing that cannot be stored, and not too much', () => {
    expect(reasonOf(new Error('postgres://ada:secret@host refused tk_0123456789abcdef'))).toBe(
      'Error: postgres://ada:[redacted]@host refused [redacted]',
    );
    expect(reasonOf(new Error('a\0b\ud800c'))).toBe('Error: abc');
    expect([...reasonOf(new Error('🎉'.repeat(1_000)))]).toHaveLength(500);
    expect(reasonOf('thrown')).toBe('string');
  });
});

describe('the job notifier', () => {
  it('ends a wait at once when it was notified before, and once for several notifications', async () => {
    const notifier = new JobNotifier();
    notifier.notify();
    notifier.notify();
    await notifier.wait(60_000);
    let isHeard = false;
    const waiting = notifier.wait(60_000).then(() => (isHeard = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isHeard).toBe(false);
    notifier.notify();
    await waiting;
  });

  it('ends a wait at its time-out', async () => {
    // The timer keeps no process alive, and so not this one either.
    const alive = setTimeout(() => undefined, 60_000);
    await new JobNotifier().wait(5);
    clearTimeout(alive);
  });
});
