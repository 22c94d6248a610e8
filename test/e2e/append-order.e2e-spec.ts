import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { Api, type Appended } from '../support/api.js';
import { createTestApp, type TestApp } from '../support/app.js';

const WRITERS = 1_000;

interface Page {
  data: { seq: number; content: string }[];
  nextCursor: string | null;
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe('concurrent appends to one conversation', () => {
  let app: TestApp;
  let api: Api;
  let reading: Api;
  let conversation: string;
  beforeAll(async () => {
    app = await createTestApp();
    const url = await app.listen();
    const headers = { authorization: `Bearer ${app.serviceKey}`, 'threadkeep-user': 'ada' };
    api = new Api(url, headers);
    reading = new Api(url, headers, 4);
  });
  beforeEach(async () => {
    conversation = (await api.post<{ id: string }>('/v1/conversations')).body.id;
  });
  afterAll(async () => {
    api.close();
    reading.close();
    await app.close();
  });

  const path = () => `/v1/conversations/${conversation}/messages`;
  const message = (content: string) => ({ role: 'user', content });

  /** Every message, by pages in the order of `seq`. */
  async function readAll(): Promise<Page['data']> {
    const all: Page['data'] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: { body: Page } = await reading.read<Page>(
        `${path()}?order=asc&limit=100${cursor && `&cursor=${cursor}`}`,
      );
      all.push(...body.data);
      cursor = body.nextCursor;
    }
    return all;
  }

  /** Reads from both ends until `done`. @returns what no reader may ever see: a hole, another order, or a message that changed. */
  async function watch(done: () => boolean): Promise<string[]> {
    const faults: string[] = [];
    const known = new Map<number, string>();
    const note = ({ data }: Page, step: 1 | -1) => {
      data.forEach(({ seq, content }, i) => {
        if (i > 0 && seq !== data[i - 1]!.seq + step)
          faults.push(`${data[i - 1]!.seq} is followed by ${seq}`);
        if (known.has(seq) && known.get(seq) !== content) faults.push(`${seq} changed`);
        known.set(seq, content);
      });
    };
    while (!done()) {
      const upwards = await readAll();
      note({ data: upwards, nextCursor: null }, 1);
      if (upwards.length > 0 && upwards[0]!.seq !== 1) faults.push(`begins at ${upwards[0]!.seq}`);
      const latest = await reading.read<Page>(`${path()}?limit=50`);
      note(latest.body, -1);
      if (latest.body.data.length > 0 && latest.body.data[0]!.seq < upwards.length)
        faults.push('went back');
    }
    return faults;
  }

  it('number 1,000 messages without gaps, and readers never see a gap', async () => {
    let finished = false;
    const watching = watch(() => finished);
    const answers = await Promise.all(
      numbers(WRITERS).map((n) => api.post<Appended>(path(), message(`m${n}`))),
    );
    finished = true;
    expect(await watching).toEqual([]);
    expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
    const given = answers.map(({ body }) => body.data[0]!);
    expect(given.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(numbers(WRITERS));
    const stored = await readAll();
    expect(stored.map(({ seq }) => seq)).toEqual(numbers(WRITERS));
    expect(new Map(stored.map(({ seq, content }) => [content, seq]))).toEqual(
      new Map(given.map(({ seq, content }) => [content, seq])),
    );
  });

  it('keep each acknowledged message once when all database backends are terminated', async () => {
    let acknowledged = 0;
    const kill =
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()';
    const insist = async (n: number) => {
      const answer = await api.insist<Appended>(path(), message(`m${n}`), `${conversation}:${n}`);
      if (++acknowledged === WRITERS / 4) await app.database.admin(kill, [app.database.name]);
      return answer;
    };
    const watching = watch(() => acknowledged === WRITERS);
    const answers = await Promise.all(numbers(WRITERS).map(insist));
    expect(await watching).toEqual([]);
    const { text: metrics } = await app.anonymous.get('/metrics');
    const repeated = Number(
      /^threadkeep_db_retries_total\{reason="connection"\} (\d+)$/m.exec(metrics)?.[1] ?? 0,
    );
    expect(repeated + api.repeated).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
    const stored = await readAll();
    expect(stored.map(({ seq }) => seq)).toEqual(numbers(WRITERS));
    const given = answers.map(({ body }) => body.data[0]!);
    expect(new Map(stored.map(({ seq, content }) => [content, seq]))).toEqual(
      new Map(given.map(({ seq, content }) => [content, seq])),
    );
    expect(given.map(({ content }) => content)).toEqual(numbers(WRITERS).map((n) => `m${n}`));
  });

  it.each([
    ['that does not exist', 'ada'],
    ['of a user who does not exist either', 'eve'],
  ])('create one conversation when fifty first messages name one %s', async (_title, user) => {
    const racing = new Api(await app.app.getUrl(), {
      authorization: `Bearer ${app.serviceKey}`,
      'threadkeep-user': user,
    });
    const id = uuidv7();
    const answers = await Promise.all(
      numbers(50).map((n) =>
        racing.post<Appended>(
          `/v1/conversations/${id}/messages?createIfMissing=true`,
          message(`m${n}`),
        ),
      ),
    );
    racing.close();
    expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
    expect(answers.map(({ body }) => body.data[0]!.seq).sort((a, b) => a - b)).toEqual(numbers(50));
    const { rows } = await app.database.admin(
      'select last_seq from threadkeep.conversation where id = $1',
      [id],
    );
    expect(rows).toEqual([{ last_seq: 50 }]);
    expect(
      (await app.database.admin('select from threadkeep.app_user where external_id = $1', [user]))
        .rowCount,
    ).toBe(1);
  });

  it('number the messages of one call in order and consecutively', async () => {
    const batch = (n: number) => ({
      messages: ['a', 'b', 'c'].map((part) => message(`${n}${part}`)),
    });
    await Promise.all(numbers(60).map((n) => api.post(path(), batch(n))));
    const stored = await readAll();
    expect(stored.map(({ seq }) => seq)).toEqual(numbers(180));
    const calls = stored
      .map(({ content }) => content)
      .join(' ')
      .match(/(\d+)a \1b \1c/g);
    expect(calls?.length).toBe(60);
  });

  it('accept one of 100 appends with the same expectedSeq', async () => {
    const answers = await Promise.all(
      numbers(100).map((n) =>
        api.post<{ lastSeq?: number }>(path(), { messages: [message(`m${n}`)], expectedSeq: 0 }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201).length).toBe(1);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.map(({ status, body }) => [status, body.lastSeq])).toEqual(
      refused.map(() => [409, 1]),
    );
    expect((await readAll()).map(({ seq }) => seq)).toEqual([1]);
  });
});
