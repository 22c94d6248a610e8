// A message in progress grows by its writer, who names the version before, and is finished once.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { eventually } from '../support/wait.js';

const UNKNOWN = '019a0000-0000-7000-8000-000000000000';

let api: TestApp;
beforeAll(async () => {
  api = await createTestApp({ JOB_CONCURRENCY: '2' });
});
afterAll(() => api.close());

interface Message {
  id: string;
  seq: number;
  content: unknown;
  status?: string;
  version?: number;
}

/** A conversation with one reply in progress. */
class Reply {
  private constructor(
    readonly user: Caller,
    readonly path: string,
    readonly message: Message,
  ) {}

  static async begin(name: string, fields: object = {}): Promise<Reply> {
    const user = api.actingFor(name);
    const { body } = await user.post('/v1/conversations').expect(201);
    const path = `/v1/conversations/${body.id as string}`;
    const messages = [
      { role: 'user', content: 'Where shall we eat?' },
      { role: 'assistant', content: '', status: 'in_progress', ...fields },
    ];
    const answer = await user.post(`${path}/messages`, { messages });
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 201 });
    return new Reply(user, path, (answer.body.data as Message[])[1]!);
  }

  write = (expectedVersion: number, change: object) =>
    this.user.patch(`${this.path}/messages/${this.message.id}`, { expectedVersion, ...change });

  async read(): Promise<Message> {
    const { body } = await this.user.get(`${this.path}/messages/${this.message.id}`).expect(200);
    return body as Message;
  }

  async list(query = ''): Promise<Message[]> {
    const { body } = await this.user.get(`${this.path}/messages${query}`).expect(200);
    return body.data as Message[];
  }

  async context() {
    const { body } = await this.user.post(`${this.path}/context`, {}).expect(200);
    return body as { messages: { content: unknown }[]; omitted: Record<string, unknown> };
  }
}

describe('a message in progress', () => {
  it('grows, is read as it is so far, and never changes once it is complete', async () => {
    const reply = await Reply.begin('ada', { content: 'At' });
    expect(reply.message).toMatchObject({ content: 'At', status: 'in_progress', version: 0 });
    await reply.write(0, { append: ' the market' }).expect(200);
    const { body } = await reply.write(1, { append: ' hall' }).expect(200);
    expect(body).toMatchObject({ status: 'in_progress', version: 2, seq: 2 });
    const soFar = { content: 'At the market hall', status: 'in_progress', version: 2 };
    expect(await reply.read()).toMatchObject(soFar);
    for (const query of ['', '?order=asc', '?all=true', '?filter[role]=assistant'])
      expect(await reply.list(query)).toContainEqual(expect.objectContaining(soFar));

    const done = await reply.write(2, { append: '.', status: 'complete' }).expect(200);
    expect(done.body).toMatchObject({ status: 'complete', version: null, leaseExpiresAt: null });
    const whole = await reply.read();
    expect(whole).toMatchObject({ content: 'At the market hall.', tokenCount: 5 });
    expect(whole).not.toHaveProperty('status');
    const late = await reply.write(2, { append: ' Or not.' }).expect(409);
    expect(late.body).toMatchObject({ code: 'message.finished', messageStatus: 'complete' });
    expect((await reply.read()).content).toBe('At the market hall.');
  });

  it('takes parts, and text behind them', async () => {
    const reply = await Reply.begin('ada');
    const call = { type: 'tool_call', id: 'c', name: 'find', input: {} };
    await reply.write(0, { append: 'Wait' }).expect(200);
    await reply.write(1, { append: '.' }).expect(200);
    await reply.write(2, { append: [call] }).expect(200);
    await reply.write(3, { append: 'Found' }).expect(200);
    await reply.write(4, { append: ' it.', status: 'complete' }).expect(200);
    const { content } = await reply.read();
    expect(content).toEqual([
      { type: 'text', text: 'Wait.' },
      call,
      { type: 'text', text: 'Found it.' },
    ]);
  });

  it('is replaced as a whole, with its metadata', async () => {
    const reply = await Reply.begin('ada', { content: 'a', metadata: { state: 'call' } });
    await reply.write(0, { append: 'b' }).expect(200);
    await reply.write(1, { content: 'c', metadata: { state: 'output' } }).expect(200);
    await reply.write(2, { content: 'c', append: 'd' }).expect(200);
    const expected = { content: 'cd', metadata: { state: 'output' } };
    expect(await reply.read()).toMatchObject(expected);
    await reply.write(3, { status: 'complete' }).expect(200);
    expect(await reply.read()).toMatchObject(expected);
  });

  it('takes each write once, however often it is sent', async () => {
    const reply = await Reply.begin('ada');
    const first = await reply.write(0, { append: 'one' }).expect(200);
    const again = await reply.write(0, { append: 'one' }).expect(200);
    expect(again.body).toEqual(first.body);
    const other = await reply.write(0, { append: 'two' }).expect(409);
    expect(other.body).toMatchObject({ code: 'message.version_mismatch', version: 1 });
    const end = { append: ' end', status: 'complete' };
    await reply.write(1, end).expect(200);
    await reply.write(1, end).expect(200);
    await reply.write(1, { ...end, status: 'failed' }).expect(409);
    expect((await reply.read()).content).toBe('one end');
  });

  it('takes one of many writes that race', async () => {
    const reply = await Reply.begin('ada');
    for (let version = 0; version < 5; version++) {
      const all = await Promise.all(
        Array.from({ length: 10 }, (_, i) => reply.write(version, { append: `${version}${i};` })),
      );
      const statuses = all.map(({ status }) => status).sort();
      expect(statuses).toEqual([200, ...Array<number>(9).fill(409)]);
    }
    expect(String((await reply.read()).content)).toMatch(/^0\d;1\d;2\d;3\d;4\d;$/);
  });

  it('keeps every piece of a thousand', async () => {
    const reply = await Reply.begin('ada');
    let expected = '';
    for (let version = 0; version < 1_050; version++) {
      await reply.write(version, { append: `${version} ` }).expect(200);
      expected += `${version} `;
    }
    expect((await reply.read()).content).toBe(expected);
    await reply.write(1_049, { append: '1049 ' }).expect(200);
    await reply.write(1_050, { status: 'complete' }).expect(200);
    expect((await reply.read()).content).toBe(expected);
  });
});

describe('a retry', () => {
  it('of a write with other metadata is no retry', async () => {
    const reply = await Reply.begin('ada');
    await reply.write(0, { metadata: { a: 1 } }).expect(200);
    await reply.write(0, { metadata: { a: 1 } }).expect(200);
    await reply.write(0, { metadata: { b: 1 } }).expect(409);
    await reply.write(1, { status: 'complete' }).expect(200);
    await reply.write(1, { status: 'complete', metadata: { c: 1 } }).expect(409);
  });

  it('of the last write is that write and no other that ends alike', async () => {
    const reply = await Reply.begin('ada', { content: 'one two' });
    const end = { append: ' three', status: 'complete' };
    const first = await reply.write(0, end).expect(200);
    expect((await reply.write(0, end).expect(200)).body).toEqual(first.body);
    const others: [number, object][] = [
      [0, { append: 'three', status: 'complete' }],
      [0, { content: 'one two three', status: 'complete' }],
      [0, { status: 'complete' }],
      [0, { ...end, metadata: {} }],
      [1, end],
    ];
    for (const [version, other] of others) {
      const { body } = await reply.write(version, other).expect(409);
      expect(body).toMatchObject({ code: 'message.finished', messageStatus: 'complete' });
    }
    await reply.user
      .post(`${reply.path}/messages/${reply.message.id}/redact`, { content: 'x three' })
      .expect(200);
    await reply.write(0, end).expect(409);
  });

  it('of the append that began a message takes nothing back', async () => {
    const reply = await Reply.begin('ada');
    const begin = { role: 'assistant', content: 'H', status: 'in_progress', key: 'r' };
    const send = () => reply.user.post(`${reply.path}/messages`, begin);
    const { body } = await send().expect(201);
    const path = `${reply.path}/messages/${body.data[0].id as string}`;
    await reply.user.patch(path, { expectedVersion: 0, append: 'ello' }).expect(200);
    const again = await send().expect(200);
    expect(again.body.data[0]).toMatchObject({ content: 'Hello', version: 1 });
    await reply.user.patch(path, { expectedVersion: 1, status: 'complete' }).expect(200);
    await send().expect(200);
    const other = await reply.user
      .post(`${reply.path}/messages`, { ...begin, content: 'x', status: 'complete' })
      .expect(409);
    expect(other.body.errors[0].pointer).toBe('/key');
  });
});

describe('a message that cannot be finished as it is', () => {
  it('keeps no other one of the user from being ended', async () => {
    const large = await Reply.begin('hal');
    await large.write(0, { append: '\u0001'.repeat(1_000_000) }).expect(200);
    await large.write(1, { append: [{ type: 'a' }], leaseSeconds: 1 }).expect(200);
    const other = await Reply.begin('hal', { content: 'other', leaseSeconds: 1 });
    await new Promise((done) => setTimeout(done, 1_100));
    await sweepNow();
    expect(await other.read()).toMatchObject({ status: 'interrupted', content: 'other' });
    expect(String((await large.read()).content)).toContain('\u0001');
  });

  it('is counted in its copy for the quota of its user', async () => {
    const small = await createTestApp({ QUOTA_MESSAGE_BYTES: '1000' }, api.database);
    const user = small.actingFor('ike');
    const { body: talk } = await user.post('/v1/conversations').expect(201);
    const path = `/v1/conversations/${talk.id as string}`;
    const begin = { role: 'assistant', content: 'x'.repeat(600), status: 'in_progress' };
    await user.post(`${path}/messages`, begin).expect(201);
    const { body } = await user.post(`${path}/fork`, {}).expect(507);
    expect(body.code).toBe('quota.reached');
    await small.close();
  });

  it('is counted once for the quota of its user', async () => {
    const small = await createTestApp({ QUOTA_MESSAGE_BYTES: '1000' }, api.database);
    const user = small.actingFor('ivy');
    const { body: talk } = await user.post('/v1/conversations').expect(201);
    const path = `/v1/conversations/${talk.id as string}/messages`;
    const begin = { role: 'assistant', content: 'x'.repeat(600), status: 'in_progress' };
    const { body } = await user.post(path, begin).expect(201);
    const message = `${path}/${body.data[0].id as string}`;
    await user.patch(message, { expectedVersion: 0, status: 'complete' }).expect(200);
    await small.close();
  });
});

describe('what models get', () => {
  it('has nothing of a failed message that was redacted', async () => {
    const reply = await Reply.begin('ada', { content: 'broken', status: 'failed' });
    await reply.user
      .post(`${reply.path}/messages/${reply.message.id}/redact`, { content: 'X redacted' })
      .expect(200);
    expect(JSON.stringify((await reply.context()).messages)).not.toContain('X redacted');
  });

  it('leaves out a message in progress or failed, and has an interrupted one', async () => {
    const replies = await Promise.all(
      ['in_progress', 'failed', 'interrupted'].map((status) =>
        Reply.begin('ada', { content: 'A half rep', status }),
      ),
    );
    const [open, failed, interrupted] = await Promise.all(replies.map((reply) => reply.context()));
    expect(open!.messages).toHaveLength(1);
    expect(open!.omitted).toMatchObject({ unfinished: [{ seq: 2, id: replies[0]!.message.id }] });
    expect(failed!.messages).toHaveLength(1);
    expect(failed!.omitted).toMatchObject({ unfinished: [{ seq: 2 }] });
    expect(interrupted!.messages).toHaveLength(2);
    await replies[0]!.write(0, { append: 'ly', status: 'complete' }).expect(200);
    const after = await replies[0]!.context();
    expect(JSON.stringify(after.messages)).toContain('A half reply');
    expect(after.omitted).not.toHaveProperty('unfinished');
  });

  it('is reproduced as it was while the message was in progress', async () => {
    const reply = await Reply.begin('ada', { content: 'Half' });
    const { body } = await reply.user.post(`${reply.path}/context`, {}).expect(200);
    await reply.write(0, { status: 'complete' }).expect(200);
    const repeated = await reply.user
      .get(`${reply.path}/context/${body.manifestId as string}`)
      .expect(200);
    expect(repeated.body.messages).toEqual(body.messages);
  });
});

describe('a search', () => {
  it('finds what was said once the message is finished, if others were indexed before', async () => {
    const reply = await Reply.begin('bea', { content: 'Zucchini' });
    const hits = async (q: string) =>
      (await reply.user.get(`/v1/messages/search?q=${q}`).expect(200)).body.data as unknown[];
    expect(await hits('eat')).toHaveLength(1);
    expect(await hits('zucchini')).toHaveLength(0);
    const memories = async (q: string) =>
      (
        await reply.user
          .post('/v1/memories/search', { query: q, in: ['messages', 'memories'] })
          .expect(200)
      ).body as object;
    const before = JSON.stringify(await memories('zucchini'));
    expect(before).not.toContain('Zucchini');
    await reply.write(0, { append: ' soup', status: 'complete' }).expect(200);
    expect(await hits('zucchini')).toHaveLength(1);
    expect(JSON.stringify(await memories('zucchini'))).toContain('Zucchini soup');
  });
});

/** Lets the recurring job run, and waits for what it enqueues. */
async function sweepNow(): Promise<void> {
  await api.database.admin(
    `update threadkeep.job set due_at = now(), wake_at = now() where name = 'message.interrupt_sweep'`,
  );
  await eventually(async () => {
    const { rowCount } = await api.database.admin(
      'select from threadkeep.message_draft where lease_expires_at <= now()',
    );
    return rowCount === 0;
  });
}

describe('a writer that is gone', () => {
  it('leaves an interrupted message with what it said', async () => {
    const reply = await Reply.begin('cyd', { content: 'Half' });
    await reply.write(0, { append: ' a rep', leaseSeconds: 1 }).expect(200);
    await new Promise((done) => setTimeout(done, 1_100));
    expect(await reply.read()).toMatchObject({ status: 'interrupted', content: 'Half a rep' });
    const late = await reply.write(1, { append: 'ly' }).expect(409);
    expect(late.body).toMatchObject({ code: 'message.finished' });
    await sweepNow();
    expect(await reply.read()).toMatchObject({ status: 'interrupted', content: 'Half a rep' });
    expect((await reply.context()).messages).toHaveLength(2);
  });
});

describe('removing and forking', () => {
  it('ends a message in progress for good', async () => {
    const reply = await Reply.begin('dan', { content: 'canary' });
    await reply.user.delete(`${reply.path}/messages/${reply.message.id}?derived=keep`).expect(204);
    expect(await reply.read()).toMatchObject({ content: '', status: 'interrupted' });
    await reply.write(0, { append: 'more' }).expect(409);
    expect(await reply.list()).toHaveLength(2);
  });

  it('copies what it says so far, as interrupted', async () => {
    const reply = await Reply.begin('dan', { content: 'So' });
    await reply.write(0, { append: ' far' }).expect(200);
    const { body } = await reply.user.post(`${reply.path}/fork`, {}).expect(201);
    const copy = await reply.user
      .get(`/v1/conversations/${body.id as string}/messages`)
      .expect(200);
    expect(copy.body.data[0]).toMatchObject({ content: 'So far', status: 'interrupted' });
    await reply.write(1, { append: ' so good', status: 'complete' }).expect(200);
    expect((await reply.read()).content).toBe('So far so good');
  });
});

describe('an export', () => {
  it('has what a message in progress says so far, and keys; an import makes them', async () => {
    const reply = await Reply.begin('fay', { content: 'So', key: 'reply-1' });
    await reply.write(0, { append: ' far' }).expect(200);
    const { text } = await reply.user.get(`${reply.path}/export`).expect(200);
    const body = JSON.parse(text.trim()) as { importKey: string };
    const imported = await api.actingFor('gil').post('/v1/conversations/import', body).expect(201);
    const { body: page } = await api
      .actingFor('gil')
      .get(`/v1/conversations/${imported.body.conversation.id as string}/messages`)
      .expect(200);
    expect(page.data[0]).toMatchObject({
      ...{ content: 'So far', key: 'reply-1', status: 'interrupted' },
    });
  });
});

describe('a page', () => {
  const PAGE_BYTES = 20_000;
  const DRAFT_BYTES = 15_000;

  it('ends where messages in progress make it too large, and the next one goes on', async () => {
    const small = await createTestApp({ MAX_PAGE_BYTES: String(PAGE_BYTES) }, api.database);
    const user = small.actingFor('jon');
    const { body: talk } = await user.post('/v1/conversations').expect(201);
    const path = `/v1/conversations/${talk.id as string}/messages`;
    for (let i = 0; i < 6; i++) {
      const open = { role: 'assistant', content: 'x'.repeat(DRAFT_BYTES), status: 'in_progress' };
      await user.post(path, i % 3 ? open : { role: 'user', content: 'short' }).expect(201);
    }
    for (const query of ['?order=asc', '?order=desc', '?all=true', '?filter[id][ne]=' + UNKNOWN]) {
      const seqs: number[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const next = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const { body } = await user.get(`${path}${query}${next}`).expect(200);
        const page = body.data as Message[];
        expect(JSON.stringify(page).length).toBeLessThan(PAGE_BYTES + DRAFT_BYTES + 4_000);
        seqs.push(...page.map(({ seq }) => seq));
        cursor = body.nextCursor as string | null;
      }
      expect(seqs.sort()).toEqual([1, 2, 3, 4, 5, 6]);
    }
    await small.close();
  });
});

describe('what is refused', () => {
  const BAD: [string, object, number, string][] = [
    ['no version', { append: 'a' }, 422, '/expectedVersion'],
    ['NUL', { expectedVersion: 0, append: 'a\0' }, 422, '/append'],
    ['half a character', { expectedVersion: 0, append: '\ud83d' }, 422, '/append'],
    ['an unknown status', { expectedVersion: 0, status: 'done' }, 422, '/status'],
    ['a lease without end', { expectedVersion: 0, leaseSeconds: 86_401 }, 422, '/leaseSeconds'],
    ['part without a type', { expectedVersion: 0, append: [{}] }, 422, '/append/0/type'],
  ];
  it.each(BAD)('%s', async (_, change, status, pointer) => {
    const reply = await Reply.begin('eve');
    const answer = await reply.user.patch(`${reply.path}/messages/${reply.message.id}`, change);
    expect(answer.status).toBe(status);
    expect(answer.body.errors[0].pointer).toBe(pointer);
  });

  it('more than a megabyte while in progress, and nothing is lost', async () => {
    const reply = await Reply.begin('eve', { content: 'kept' });
    await reply.write(0, { append: 'x'.repeat(1_048_576) }).expect(422);
    expect((await reply.read()).content).toBe('kept');
    await reply.write(0, { content: 'y'.repeat(2_000_000), status: 'complete' }).expect(200);
    expect(String((await reply.read()).content)).toHaveLength(2_000_000);
  });

  it('more parts than a message may have, at each write, and nothing is lost', async () => {
    const parts = (length: number) => Array.from({ length }, () => ({ type: 'a' }));
    const reply = await Reply.begin('eve', { content: parts(600) });
    const refused = async (version: number, change: object, pointer: string) => {
      const { body } = await reply.write(version, change).expect(422);
      expect(body.errors).toEqual([{ pointer, message: expect.stringContaining('1000 parts') }]);
    };
    await refused(0, { append: parts(401) }, '/append');
    await reply.write(0, { append: parts(399) }).expect(200);
    await reply.write(1, { append: 'one' }).expect(200);
    await reply.write(2, { append: ' text' }).expect(200);
    await refused(3, { append: parts(1) }, '/append');
    await refused(3, { append: parts(1), status: 'complete' }, '/append');
    const { content } = (await reply.read()) as { content: object[] };
    expect(content).toHaveLength(1_000);
    expect(content.at(-1)).toEqual({ type: 'text', text: 'one text' });
    await reply.write(3, { content: parts(999) }).expect(200);
    await reply.write(4, { append: 'one' }).expect(200);
    await refused(5, { append: parts(1) }, '/append');
    await reply.write(5, { content: 'anew' }).expect(200);
    await reply.write(6, { append: parts(999) }).expect(200);
    await refused(7, { append: 'more' }, '/append');
    await reply.write(7, { status: 'complete' }).expect(200);
  });

  it('an eleventh message in progress of one conversation', async () => {
    const reply = await Reply.begin('eve');
    const open = { role: 'assistant', content: '', status: 'in_progress' };
    for (let i = 1; i < 10; i++) await reply.user.post(`${reply.path}/messages`, open).expect(201);
    const { body } = await reply.user.post(`${reply.path}/messages`, open).expect(409);
    expect(body.code).toBe('message.too_many_in_progress');
    expect(await reply.list()).toHaveLength(11);
  });

  it('a message that is not there, or of another user', async () => {
    const reply = await Reply.begin('eve');
    const stranger = api.actingFor('mallory');
    const path = `${reply.path}/messages/${reply.message.id}`;
    await stranger.patch(path, { expectedVersion: 0, append: 'x' }).expect(404);
    const missing = `${reply.path}/messages/${UNKNOWN}`;
    await reply.user.patch(missing, { expectedVersion: 0 }).expect(404);
    expect((await reply.read()).content).toBe('');
  });
});
