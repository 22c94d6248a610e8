// Kills two processes and a Redis at random: every context has what was acknowledged before, and
// nothing of other users.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { bodyOf } from '../support/cache.js';
import { Cluster } from '../support/cluster.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';
import { bearer, CANARY, newCanary } from '../support/tenants.js';
import type { WireResponse } from '../support/wire.js';

const OPERATIONS = numberFromEnvironment('OPS', 1_500);
const SEED = numberFromEnvironment('SEED', 20_261_123);
const USERS = 4;
const TALKS_EACH = 2;
const BUDGET = 1_000_000;

const cluster = await Cluster.start(2);
afterAll(() => cluster.stop());

interface User {
  id: string;
  canary: string;
  headers: Record<string, string>;
}

/** A conversation, as known to its only writer. */
interface Talk {
  user: User;
  path: string;
  /** Acknowledged messages, by seq from 1. */
  said: string[];
  compactedTo: number;
  summaries: string[];
  given: { manifestId: string; text: string }[];
}

interface Answer extends WireResponse {
  body: Record<string, unknown>;
}

interface Given {
  messages: { content: string }[];
  manifestId: string;
  manifest: { lastSeq: number };
}

class Run {
  readonly random = new Seeded(SEED);
  readonly findings: unknown[] = [];
  readonly counts: Record<string, number> = {};
  private keys = 0;

  constructor(readonly users: User[]) {}

  count(what: string, by = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + by;
  }

  expect(holds: boolean, finding: Record<string, unknown>): void {
    if (!holds) this.findings.push(finding);
  }

  /** No answer may be a server error or name another user's data. */
  async send(
    user: User,
    method: string,
    path: string,
    body?: unknown,
    writes = method !== 'GET',
  ): Promise<Answer> {
    const headers = {
      ...user.headers,
      ...(writes && method === 'POST' ? { 'idempotency-key': `key-${this.keys++}` } : {}),
    };
    const answer = await cluster.send(this.random.integer(2), method, path, headers, body);
    this.expect(answer.status < 500, {
      failed: answer.status,
      method,
      path,
      text: answer.text.slice(0, 300),
    });
    this.expectOwn(user, answer.text, { method, path });
    return {
      ...answer,
      body: answer.text === '' ? {} : (JSON.parse(answer.text) as Record<string, unknown>),
    };
  }

  expectOwn(user: User, text: string, where: object): void {
    const foreign = (text.match(CANARY) ?? []).filter((canary) => canary !== user.canary);
    this.expect(foreign.length === 0, { leak: foreign, to: user.canary, where });
  }

  async append(talk: Talk): Promise<void> {
    const texts = Array.from(
      { length: 1 + this.random.integer(3) },
      () => `${talk.user.canary} says ${this.random.hex(12)}`,
    );
    const { status, body } = await this.send(talk.user, 'POST', `${talk.path}/messages`, {
      messages: texts.map((content) => ({ role: 'user', content })),
    });
    this.expect(status === 201, { append: status, body });
    const seqs = (body['data'] as { seq: number }[]).map(({ seq }) => seq);
    this.expect(seqs[0] === talk.said.length + 1, { seqs, after: talk.said.length });
    talk.said.push(...texts);
    await this.context(talk, true);
  }

  /**
   * The writer's context has all that was acknowledged; other readers' contexts have at least that.
   */
  async context(talk: Talk, isWriter = false): Promise<void> {
    const [known, compactedTo] = [talk.said.length, talk.compactedTo];
    const { status, body, text } = await this.send(
      talk.user,
      'POST',
      `${talk.path}/context`,
      { budgetTokens: BUDGET, format: 'openai' },
      this.random.chance(0.1),
    );
    if (status !== 200) return this.expect(false, { context: status, body });
    const { messages, manifestId, manifest } = body as unknown as Given;
    const sent = new Set(messages.map(({ content }) => content));
    this.expect(isWriter ? manifest.lastSeq === known : manifest.lastSeq >= known, {
      stale: manifest.lastSeq,
      known,
      path: talk.path,
    });
    const from = isWriter ? compactedTo : talk.compactedTo;
    const missing = talk.said.slice(from, known).filter((one) => !sent.has(one));
    this.expect(missing.length === 0, { missing, known, compactedTo: from, path: talk.path });
    talk.given.push({ manifestId, text });
  }

  /** Summarises what a context leaves out, if there are summaries. */
  async shortContext(talk: Talk): Promise<void> {
    const { status, body, text } = await this.send(
      talk.user,
      'POST',
      `${talk.path}/context`,
      { budgetTokens: 150, format: 'anthropic' },
      false,
    );
    if (status !== 200) return this.expect(false, { context: status, body });
    const { manifestId, manifest } = body as unknown as Given;
    this.expect(manifest.lastSeq === talk.said.length, {
      stale: manifest.lastSeq,
      known: talk.said.length,
      path: talk.path,
    });
    talk.given.push({ manifestId, text });
  }

  async summarise(talk: Talk): Promise<void> {
    if (talk.said.length === 0) return;
    const toSeq = 1 + this.random.integer(talk.said.length);
    const compact = toSeq > talk.compactedTo && this.random.chance(0.4);
    // A read during the write must not treat it as stale.
    const before = talk.compactedTo;
    if (compact) talk.compactedTo = toSeq;
    const { status, body } = await this.send(talk.user, 'POST', `${talk.path}/summaries`, {
      fromSeq: compact ? before + 1 : 1,
      toSeq,
      content: `${talk.user.canary} in short`,
      compact,
    });
    this.expect(status === 201, { summary: status, body });
    if (compact) this.count('compactions');
    else talk.summaries.push(body['id'] as string);
    await this.shortContext(talk);
  }

  /** An earlier try whose answer was lost may have removed it. */
  async removeSummary(talk: Talk): Promise<void> {
    const id = talk.summaries.pop();
    if (!id) return;
    const { status } = await this.send(talk.user, 'DELETE', `${talk.path}/summaries/${id}`);
    this.expect(status === 204 || status === 404, { removed: status });
    await this.shortContext(talk);
  }

  async replay(talk: Talk): Promise<void> {
    if (talk.given.length === 0) return;
    const { manifestId, text: first } = this.random.pick(talk.given);
    const { status, text } = await this.send(
      talk.user,
      'GET',
      `${talk.path}/context/${manifestId}`,
    );
    this.count(`replays answered ${status}`);
    this.expect(status === 410 || (status === 200 && text === first), {
      replayed: status,
      manifestId,
    });
  }

  /** Another user's conversation and manifest are 404. */
  async trespass(talk: Talk): Promise<void> {
    const other = this.random.pick(this.users.filter((user) => user !== talk.user));
    const attempts = [
      await this.send(other, 'POST', `${talk.path}/context`, { budgetTokens: BUDGET }, false),
    ];
    if (talk.given[0])
      attempts.push(
        await this.send(other, 'GET', `${talk.path}/context/${talk.given[0].manifestId}`),
      );
    for (const { status } of attempts) this.expect(status === 404, { trespassed: status });
  }

  /** Every entry in Redis under a user's key belongs to that user. */
  async inspectRedis(): Promise<void> {
    const entries = await cluster.redis
      .ask(async (client) => {
        const keys = await client.keys('threadkeep:v2:*:context:*');
        return Promise.all(keys.map(async (key) => [key, await client.get(key)] as const));
      })
      .catch(() => []);
    for (const [key, raw] of entries) {
      const user = this.users.find(({ id }) => key.startsWith(`threadkeep:v2:{${id}}:`));
      if (!user) this.expect(false, { strange: key });
      else if (raw !== null && !key.includes('#')) this.expectOwn(user, contentOf(raw), { key });
    }
    this.count('entries found in Redis', entries.length);
  }
}

/** Reads an entry as the store wrote it; returns other values unchanged. */
function contentOf(raw: string): string {
  const { value } = (raw.startsWith('{') ? JSON.parse(raw) : { value: raw }) as { value: string };
  return value.startsWith('2')
    ? `${value.slice(0, value.indexOf('\n'))} ${JSON.parse(bodyOf(value)) as string}`
    : raw;
}

async function createUser(random: Seeded): Promise<User> {
  const canary = newCanary(random);
  const { text } = await cluster.send(0, 'POST', '/v1/users', bearer(cluster.serviceKey), {
    externalId: canary,
  });
  const { id } = JSON.parse(text) as { id: string };
  return { id, canary, headers: { ...bearer(cluster.serviceKey), 'threadkeep-user': id } };
}

async function createTalk(run: Run, user: User): Promise<Talk> {
  const { body } = await run.send(user, 'POST', '/v1/conversations', { title: user.canary });
  return {
    user,
    path: `/v1/conversations/${body['id'] as string}`,
    said: [],
    compactedTo: 0,
    summaries: [],
    given: [],
  };
}

/** Injects one fault after the other until `ended`. At least one process is up at any time. */
async function breakThings(run: Run, ended: () => boolean): Promise<void> {
  const { redis, members } = cluster;
  const random = new Seeded(SEED + 1);
  const faults: Record<string, () => Promise<unknown>> = {
    'a process killed': async () => {
      const member = random.pick(members);
      await member.crash();
      await sleep(random.integer(200));
      await member.start();
    },
    'Redis killed': () =>
      redis
        .kill()
        .then(() => sleep(random.integer(400)))
        .then(() => redis.run()),
    'Redis flushed': () => redis.ask((client) => client.flushAll()),
    'Redis frozen': async () => {
      redis.freeze();
      await sleep(random.integer(1_500));
      redis.thaw();
    },
  };
  while (!ended()) {
    await sleep(100 + random.integer(500));
    const name = random.chance(0.4) ? 'a process killed' : random.pick(Object.keys(faults));
    await faults[name]!();
    run.count(name);
  }
}

describe('two processes that share a database and a Redis', () => {
  it(
    `no context lacks an acknowledged write or has anything of another user, in ${OPERATIONS} operations`,
    async () => {
      const users = [];
      for (let i = 0; i < USERS; i++) users.push(await createUser(new Seeded(SEED + 100 + i)));
      const run = new Run(users);
      const talks: Talk[] = [];
      for (const user of users)
        for (let i = 0; i < TALKS_EACH; i++) talks.push(await createTalk(run, user));
      let operations = 0;
      const ended = () => operations >= OPERATIONS || run.findings.length >= 10;
      const once = async (what: string, work: () => Promise<void>) => {
        if (++operations % 100 === 0) await run.inspectRedis();
        run.count(what);
        await work();
      };
      const write = async (talk: Talk) => {
        while (!ended()) {
          const dice = run.random.next();
          if (dice < 0.45) await once('appends', () => run.append(talk));
          else if (dice < 0.75) await once('contexts', () => run.context(talk, true));
          else if (dice < 0.85) await once('summaries', () => run.summarise(talk));
          else if (dice < 0.9) await once('summaries removed', () => run.removeSummary(talk));
          else if (dice < 0.95) await once('replays', () => run.replay(talk));
          else await once('trespasses', () => run.trespass(talk));
        }
      };
      const read = async () => {
        while (!ended())
          await once('contexts of readers', () => run.context(run.random.pick(talks)));
      };
      await Promise.all([...talks.map(write), read(), read(), breakThings(run, ended)]);
      for (const member of cluster.members) await member.ready;
      for (const talk of talks) for (let i = 0; i < 4; i++) await run.context(talk, true);
      await run.inspectRedis();
      process.stdout.write(
        `${JSON.stringify({ seed: SEED, operations, ...run.counts, 'requests sent again': cluster.repeated, ...(await cacheCounts()) })}\n`,
      );
      expect({ seed: SEED, findings: run.findings }).toEqual({ seed: SEED, findings: [] });
      expect(run.counts).toMatchObject({
        'a process killed': expect.any(Number),
        'entries found in Redis': expect.any(Number),
      });
    },
    Math.max(300_000, OPERATIONS * 60),
  );

  it('build a context that is requested 200 times at once at most three times', async () => {
    const user = await createUser(new Seeded(SEED + 200));
    const talk = await createTalk(new Run([user]), user);
    const messages = Array.from({ length: 1_000 }, (_, i) => ({
      role: i % 2 ? 'assistant' : 'user',
      content: `${i}: ${'and so on '.repeat(30)}`,
    }));
    await cluster.send(0, 'POST', `${talk.path}/messages`, user.headers, { messages });
    const ask = (member: number) =>
      cluster.send(member, 'POST', `${talk.path}/context`, user.headers, { budgetTokens: BUDGET });
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => ask(i % 2)));
    const manifests = await cluster.database.admin(
      'select from threadkeep.context_manifest where conversation_id = $1',
      [talk.path.split('/').at(-1)],
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(manifests.rowCount);
    expect(manifests.rowCount).toBeLessThanOrEqual(3);
  });
});

/** Sums the metrics of both processes since their last start. */
async function cacheCounts(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const member of cluster.members) {
    const { text } = await member.request('GET', '/metrics', {});
    for (const [, result, count] of text.matchAll(
      /threadkeep_cache_requests_total\{kind="context",result="(\w+)"\} (\d+)/g,
    )) {
      counts[`cache ${result!}`] = (counts[`cache ${result!}`] ?? 0) + Number(count);
    }
  }
  return counts;
}
