// A real process under every known attack at once: it lives, its memory is bounded, and honest callers are answered.
// How long they wait is printed, and not asserted: it says more about the cores that others leave.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { attackUntil, prepareAttacks } from '../support/known-attacks.js';
import { Started } from '../support/processes.js';
import { Wire } from '../support/wire.js';

/** Seconds; a soak is longer. */
const ATTACK_SECONDS = Number(process.env['SOAK_SECONDS'] ?? 20);
const IDLE_SECONDS = 5;
/** Milliseconds between two requests of an honest caller. */
const PAUSE_MS = 50;
/** Megabytes that the process may hold: budgets of bodies, pages and contexts, and a heap that has not been collected. */
const MAX_RESIDENT_MB = 1_000;
const KEY = `tk_${randomBytes(32).toString('base64url')}`;

let database: TestDatabase;
let started: Started;
let url: string;
let wire: Wire;
beforeAll(async () => {
  database = await createTestDatabase();
  started = Started.run({
    DATABASE_URL: database.adminUrl,
    BOOTSTRAP_API_KEY: KEY,
    RATE_LIMIT_PER_SECOND: '200',
    AUTH_FAILURES_PER_MINUTE: '60',
    JOB_CONCURRENCY: '0',
  });
  url = await started.url();
  wire = new Wire(url, 50);
});
afterAll(async () => {
  wire?.close();
  await started?.kill('SIGTERM');
  await database?.drop();
});

const residentMb = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${started.child.pid}/status`, 'utf8'))![1]) /
  1_024;
interface Thread {
  /** Milliseconds on a core so far, and those in which it could have run and had none. */
  ran: number;
  waited: number;
}

/** The main thread of a process, as Linux counts it. */
function mainThread(pid: number): Thread {
  const [ran, waited] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8')
    .split(' ')
    .map((nanoseconds) => Number(nanoseconds) / 1e6);
  return { ran: ran!, waited: waited! };
}

/**
 * Starts a measurement. Its end gives the most milliseconds for which the process itself can be the reason: neither longer than it ran
 * in them, nor than there was a core for it and for this test.
 */
function blamable(): () => number {
  const look = () => ({
    at: performance.now(),
    server: mainThread(started.child.pid!),
    test: mainThread(process.pid),
  });
  const before = look();
  return () => {
    const { at, server, test } = look();
    const withoutCore = Math.max(
      server.waited - before.server.waited,
      test.waited - before.test.waited,
    );
    return Math.min(server.ran - before.server.ran, at - before.at - withoutCore);
  };
}

const p99 = (times: number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!;
const as = (user: string) => ({ authorization: `Bearer ${KEY}`, 'threadkeep-user': user });

interface Seen {
  /** Milliseconds that requests of users took. */
  answers: number[];
  /** Milliseconds that probes took, and of them those for which the process was the reason, and not that others had the cores. */
  probes: number[];
  waits: number[];
  refused: string[];
}

/** Three users write, read and recall, and a probe asks whether the process lives. */
async function workHonestly(isOver: () => boolean): Promise<Seen> {
  const seen: Seen = { probes: [], waits: [], answers: [], refused: [] };
  const timed = async (
    times: number[],
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: unknown,
    answered?: () => void,
  ): Promise<string> => {
    const began = performance.now();
    const { status, text } = await wire.json(method, path, headers, body);
    times.push(performance.now() - began);
    answered?.();
    if (status >= 300) seen.refused.push(`${method} ${path} ${status} ${text.slice(0, 200)}`);
    await sleep(PAUSE_MS);
    return text;
  };
  const probing = async () => {
    while (!isOver()) {
      const end = blamable();
      await timed(seen.probes, 'GET', '/health/live', {}, undefined, () => seen.waits.push(end()));
    }
  };
  const user = async (name: string) => {
    const headers = as(name);
    const { id } = JSON.parse(await timed([], 'POST', '/v1/conversations', headers, {})) as {
      id: string;
    };
    for (let n = 0; !isOver(); n++) {
      await timed(seen.answers, 'POST', `/v1/conversations/${id}/messages`, headers, {
        role: 'user',
        content: `message ${n}`,
      });
      await timed(
        seen.answers,
        'GET',
        `/v1/conversations/${id}/messages?limit=20&order=desc`,
        headers,
      );
      await timed(seen.answers, 'POST', '/v1/memories', headers, {
        content: `${name} saw ${n} walruses`,
      });
      await timed(seen.answers, 'GET', `/v1/memories/search?q=walruses&limit=3`, headers);
    }
  };
  await Promise.all([probing(), ...['ada', 'bob', 'eve'].map(user)]);
  return seen;
}

const forSeconds = (seconds: number): (() => boolean) => {
  const end = Date.now() + seconds * 1_000;
  return () => Date.now() > end;
};

describe('a process under every known attack at once', () => {
  it(
    'lives, keeps its memory, and answers honest callers',
    async () => {
      const { attacks, close } = await prepareAttacks({ url, serviceKey: KEY, database });
      const before = residentMb();
      const idle = await workHonestly(forSeconds(IDLE_SECONDS));
      const isOver = forSeconds(ATTACK_SECONDS);
      const resident: number[] = [];
      const watching = (async () => {
        for (; !isOver(); await sleep(250)) resident.push(residentMb());
      })();
      const [answers, beside] = await Promise.all([
        attackUntil(isOver, attacks),
        workHonestly(isOver),
        watching,
      ]);
      close();
      const of = ({ probes, waits, answers }: Seen) => ({
        live: p99(probes),
        waits: p99(waits),
        request: p99(answers),
        requests: answers.length,
      });
      const figures = {
        idle: of(idle),
        beside: of(beside),
        residentMb: { before, most: Math.max(...resident), last: resident.at(-1) },
        attacks: Object.fromEntries(
          [...answers].map(([name, counts]) => [name, Object.fromEntries(counts)]),
        ),
      };
      process.stdout.write(
        `attacks: ${JSON.stringify(figures, (_, value: unknown) => (typeof value === 'number' ? Math.round(value) : value))}\n`,
      );
      expect(started.ended).toBe(false);
      expect(beside.refused).toEqual([]);
      expect(
        [...answers.values()]
          .flatMap((counts) => [...counts.keys()])
          .filter((status) => status >= 500 && status !== 503),
      ).toEqual([]);
      // Each attack was tried, and more than once.
      for (const [name, counts] of answers)
        expect([name, [...counts.values()].reduce((sum, count) => sum + count, 0) > 1]).toEqual([
          name,
          true,
        ]);
      expect(Math.max(...resident)).toBeLessThan(MAX_RESIDENT_MB);
    },
    120_000 + ATTACK_SECONDS * 1_000,
  );
});
