// Every backend is terminated again and again under readers and writers; the service is a process of its own.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type Appended } from '../support/api.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Started } from '../support/processes.js';
import { numberFromEnvironment } from '../support/seeded.js';
import { eventually } from '../support/wait.js';

const SECONDS = numberFromEnvironment('KILL_SECONDS', 15);
const EVERY = numberFromEnvironment('KILL_EVERY_MS', 500);
const USERS = 20;
/** The share of reads that may be refused: no more than two kills a second, each after every reader was answered, leave a second attempt to nearly all. */
const TOLERATED = EVERY >= 500 ? 0.01 : 1;

interface Told {
  content: string;
}

/** One user with a conversation, who writes by turns with and without an Idempotency-Key, and somebody who reads it all the time. */
class Talk {
  readonly acknowledged: string[] = [];
  readonly reads = { answered: 0, refused: 0 };
  /** Statuses that a refused request may not have, and what belongs to others. */
  readonly wrong: unknown[] = [];
  private path = '';

  constructor(
    readonly name: string,
    private readonly api: Api,
  ) {}

  async begin(): Promise<void> {
    const { body } = await this.api.post<{ id: string }>('/v1/conversations', {});
    this.path = `/v1/conversations/${body.id}/messages`;
  }

  get id(): string {
    return this.path.split('/')[3]!;
  }

  async write(running: () => boolean): Promise<void> {
    for (let n = 0; running(); n++) {
      const message = { role: 'user', content: `${this.name} ${n}` };
      const answer =
        n % 2
          ? await this.api.insist<Appended>(this.path, message, `${this.name}-${n}`)
          : await this.api.post<Appended>(this.path, message);
      if (answer.status === 201) this.acknowledged.push(message.content);
      else if (answer.status !== 503) this.wrong.push(answer);
    }
  }

  async read(running: () => boolean): Promise<void> {
    while (running()) {
      const { status, body } = await this.api.get<{ data: Told[] }>(`${this.path}?limit=20`);
      if (status === 200) this.reads.answered++;
      else this.reads.refused++;
      if (status !== 200 && status !== 503) this.wrong.push(body);
      if (status === 200)
        this.wrong.push(...body.data.filter(({ content }) => !content.startsWith(`${this.name} `)));
    }
  }
}

describe('when every connection is terminated again and again', () => {
  let database: TestDatabase;
  let service: Started;
  let talks: Talk[];
  let apis: Api[];
  beforeAll(async () => {
    database = await createTestDatabase();
    const key = `tk_${randomBytes(32).toString('base64url')}`;
    service = Started.run({ DATABASE_URL: database.adminUrl, BOOTSTRAP_API_KEY: key });
    const url = await service.url();
    apis = Array.from(
      { length: USERS },
      (_, i) => new Api(url, { authorization: `Bearer ${key}`, 'threadkeep-user': `user-${i}` }, 2),
    );
    talks = apis.map((api, i) => new Talk(`user-${i}`, api));
    await Promise.all(talks.map((talk) => talk.begin()));
  });
  afterAll(async () => {
    apis?.forEach((api) => api.close());
    if (service && !service.ended) await service.kill('SIGKILL');
    await database.drop();
  });

  it(`every ${EVERY} ms for ${SECONDS} s, it goes on: nothing acknowledged is lost or doubled, and nobody sees another's`, async () => {
    const end = Date.now() + SECONDS * 1000;
    const running = () => Date.now() < end;
    const working = talks.flatMap((talk) => [talk.write(running), talk.read(running)]);
    let killed = 0;
    const ended = () => talks.map(({ reads }) => reads.answered + reads.refused);
    while (running()) {
      const before = ended();
      await sleep(EVERY);
      // On a busy machine a read takes longer than from one kill to the next: twice hit it would be refused.
      // Of two reads of one reader, the second began after the last kill.
      if (TOLERATED < 1)
        await eventually(async () => !running() || ended().every((n, i) => n >= before[i]! + 2));
      // The time may have ended while a reader was still in its second attempt.
      if (!running()) break;
      const { rowCount } = await database.admin(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
      killed += rowCount ?? 0;
    }
    await Promise.all(working);

    expect(service.ended).toBe(false);
    expect(service.errors).not.toMatch(/server\.internal|[Uu]ncaught|[Uu]nhandled/);
    expect(talks.flatMap(({ wrong }) => wrong)).toEqual([]);
    const { rows } = await database.admin(
      'select conversation_id as id, content from threadkeep.message',
    );
    for (const talk of talks) {
      const stored = rows
        .filter(({ id }) => id === talk.id)
        .map(({ content }) => content as string);
      expect(stored.length).toBe(new Set(stored).size);
      expect(talk.acknowledged.filter((content) => !stored.includes(content))).toEqual([]);
      expect(stored.filter((content) => !content.startsWith(`${talk.name} `))).toEqual([]);
    }
    const sum = (of: 'answered' | 'refused') =>
      talks.reduce((total, { reads }) => total + reads[of], 0);
    const figures = {
      killed,
      reads: sum('answered'),
      refused: sum('refused'),
      acknowledged: talks.flatMap((talk) => talk.acknowledged).length,
    };
    process.stdout.write(`kills: ${JSON.stringify(figures)}\n`);
    expect(figures.refused / (figures.reads + figures.refused)).toBeLessThan(TOLERATED);
    await eventually(async () => (await apis[0]!.get('/health/ready')).status === 200);
  });
});
