// A conversation is a tree: it shows the path to its head, and loses no message of another branch.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { Seeded } from '../support/seeded.js';
import { TreeClient } from '../support/tree-client.js';
import { Wire } from '../support/wire.js';

let api: TestApp;
beforeAll(async () => {
  api = await createTestApp();
});
afterAll(() => api.close());

interface Message {
  id: string;
  seq: number;
  content: string;
  parentSeq: number | null;
  branches?: number;
}

/** A conversation of one user, as a client sees it. */
class Talk {
  private constructor(
    readonly user: Caller,
    readonly path: string,
  ) {}

  static async begin(user: Caller): Promise<Talk> {
    const { body } = await user.post('/v1/conversations').expect(201);
    return new Talk(user, `/v1/conversations/${body.id as string}`);
  }

  async append(contents: string[], at: object = {}, status = 201) {
    const messages = contents.map((content) => ({ role: 'user', content }));
    const answer = await this.user.post(`${this.path}/messages`, { messages, ...at });
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status });
    return (answer.body.data ?? answer.body) as Message[];
  }

  moveHead = (body: object) => this.user.put(`${this.path}/head`, body);

  async list(query = ''): Promise<Message[]> {
    const { body } = await this.user
      .get(`${this.path}/messages?order=asc&limit=100${query}`)
      .expect(200);
    return body.data as Message[];
  }

  async contents(query = ''): Promise<string[]> {
    return (await this.list(query)).map(({ content }) => content);
  }
}

const begin = (name: string) => Talk.begin(api.actingFor(name));

describe('a branch', () => {
  it('begins below any message, and is what the conversation shows from then on', async () => {
    const talk = await begin('ada');
    const [a, b] = await talk.append(['a', 'b', 'c']);
    const [d] = await talk.append(['d', 'e'], { parentId: b!.id });
    expect(d).toMatchObject({ seq: 4, parentSeq: 2 });
    expect(await talk.list()).toMatchObject([
      { content: 'a', seq: 1, parentSeq: null },
      { content: 'b', seq: 2, parentSeq: 1 },
      { content: 'd', seq: 4, parentSeq: 2, branches: 2 },
      { content: 'e', seq: 5, parentSeq: 4 },
    ]);
    await talk.append(['f']);
    expect(await talk.contents()).toEqual(['a', 'b', 'd', 'e', 'f']);
    expect(await talk.contents('&all=true')).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(await talk.contents(`&head=${a!.id}`)).toEqual(['a']);
    const { body } = await talk.user.get(talk.path).expect(200);
    expect(body).toMatchObject({ lastSeq: 6, headSeq: 6 });
  });

  it('begins with a first message of its own', async () => {
    const talk = await begin('ada');
    await talk.append(['a', 'b']);
    const [c] = await talk.append(['c'], { parentId: null });
    expect(await talk.list()).toMatchObject([{ content: 'c', parentSeq: null, branches: 2 }]);
    const { body } = await talk.user.get(`${talk.path}/messages/${c!.id}/siblings`).expect(200);
    expect(body.data).toMatchObject([
      { content: 'a', branches: 2 },
      { content: 'c', branches: 2 },
    ]);
  });

  it('leaves the head where it is with moveHead: false', async () => {
    const talk = await begin('ada');
    const [a] = await talk.append(['a', 'b']);
    await talk.append(['c'], { parentId: a!.id, moveHead: false });
    await talk.append(['d'], { moveHead: false });
    expect(await talk.contents()).toEqual(['a', 'b']);
    await talk.append(['e']);
    expect(await talk.contents()).toEqual(['a', 'b', 'e']);
  });

  it('is not begun below a message of another conversation, or of another user', async () => {
    const [talk, other] = [await begin('ada'), await begin('ada')];
    const foreign = await begin('bob');
    await talk.append(['a']);
    for (const one of [other, foreign]) {
      const [message] = await one.append(['x']);
      const answer = await talk.append(['b'], { parentId: message!.id }, 422);
      expect(answer).toMatchObject({
        code: 'conversation.unknown_message',
        errors: [{ pointer: '/parentId' }],
      });
      await talk.moveHead({ messageId: message!.id }).expect(422);
      await talk.user.get(`${talk.path}/messages?head=${message!.id}`).expect(404);
      await talk.user.get(`${talk.path}/messages/${message!.id}/siblings`).expect(404);
    }
    expect(await talk.contents('&all=true')).toEqual(['a']);
  });
});

describe('the head', () => {
  it('takes back messages, clears, and comes back to the newest of a branch', async () => {
    const talk = await begin('grace');
    const [a, b, c] = await talk.append(['a', 'b', 'c']);
    await talk.moveHead({ messageId: b!.id }).expect(200);
    expect(await talk.contents()).toEqual(['a', 'b']);
    await talk.append(['d', 'e']);
    expect(await talk.contents()).toEqual(['a', 'b', 'd', 'e']);
    const { body } = await talk.moveHead({ messageId: null }).expect(200);
    expect(body).toMatchObject({ headSeq: 0, lastSeq: 5 });
    expect(await talk.contents()).toEqual([]);
    await talk.moveHead({ messageId: c!.id, toNewest: true }).expect(200);
    expect(await talk.contents()).toEqual(['a', 'b', 'c']);
    await talk.moveHead({ messageId: a!.id, toNewest: true }).expect(200);
    expect(await talk.contents()).toEqual(['a', 'b', 'd', 'e']);
    expect(await talk.contents('&all=true')).toHaveLength(5);
  });

  it('changes the ETag and updatedAt, and not the version', async () => {
    const talk = await begin('grace');
    const [a] = await talk.append(['a', 'b']);
    const before = await talk.user.get(talk.path).expect(200);
    await talk.moveHead({ messageId: a!.id }).expect(200);
    const after = await talk.user.get(talk.path).expect(200);
    expect(after.headers['etag']).not.toBe(before.headers['etag']);
    expect(after.body.version).toBe(before.body.version);
    expect(after.body.updatedAt >= before.body.updatedAt).toBe(true);
    const etag = after.headers['etag'] as string;
    await talk.user.with({ 'if-none-match': etag }).get(talk.path).expect(304);
    await talk.user.with({ 'if-match': etag }).patch(talk.path, { title: 'T' }).expect(200);
  });

  it('is compared: what is stale is refused with the head, and nothing is stored', async () => {
    const talk = await begin('grace');
    const [a] = await talk.append(['a', 'b']);
    await talk.moveHead({ messageId: a!.id, expectedHead: 2 }).expect(200);
    const moved = await talk.moveHead({ messageId: null, expectedHead: 2 }).expect(409);
    expect(moved.body).toMatchObject({ code: 'conversation.head_moved', headSeq: 1, lastSeq: 2 });
    expect(await talk.append(['x'], { expectedHead: 2 }, 409)).toMatchObject({ headSeq: 1 });
    expect(await talk.append(['x'], { expectedSeq: 1 }, 409)).toMatchObject({ lastSeq: 2 });
    await talk.append(['c'], { expectedHead: 1, expectedSeq: 2 });
    expect(await talk.contents()).toEqual(['a', 'c']);
  });

  it.each([{}, { messageId: 'x' }, { messageId: null, expectedHead: -1 }])(
    'is not moved by %j',
    async (body) => {
      const talk = await begin('grace');
      await talk.append(['a']);
      await talk.moveHead(body).expect(422);
      expect(await talk.contents()).toEqual(['a']);
    },
  );

  it('is moved once under an Idempotency-Key, and a retry is answered as the first', async () => {
    const talk = await Talk.begin(api.actingFor('ada'));
    const [first, second, third] = await talk.append(['1', '2', '3']);
    const once = talk.user.with({ 'idempotency-key': 'head-1' });
    const move = { messageId: second!.id, expectedHead: third!.seq };
    const moved = await once.put(`${talk.path}/head`, move).expect(200);
    await talk.moveHead({ messageId: first!.id }).expect(200);
    const again = await once.put(`${talk.path}/head`, move).expect(200);
    expect(again.headers).toMatchObject({
      'idempotent-replayed': 'true',
      etag: moved.headers['etag'],
    });
    expect(again.body).toEqual(moved.body);
    expect((await talk.list()).map(({ content }) => content)).toEqual(['1']);
    const other = { messageId: first!.id, expectedHead: third!.seq };
    const reused = await once.put(`${talk.path}/head`, other).expect(422);
    expect(reused.body.code).toBe('idempotency.key_reused');
    await talk.user.put(`${talk.path}/head`, move).expect(409);
  });

  it('has one winner among fifty that expect the same', async () => {
    const talk = await begin('grace');
    const [a] = await talk.append(['a', 'b']);
    for (let round = 0; round < 5; round++) {
      const { body } = await talk.user.get(talk.path).expect(200);
      const answers = await Promise.all(
        Array.from({ length: 50 }, () =>
          talk.user.post(`${talk.path}/messages`, {
            messages: [{ role: 'assistant', content: 'again' }],
            ...{ parentId: a!.id, expectedHead: body.headSeq as number },
          }),
        ),
      );
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 201)).toHaveLength(1);
      expect(statuses.filter((status) => status === 409)).toHaveLength(49);
    }
    expect((await talk.list()).at(-1)).toMatchObject({ content: 'again', branches: 6 });
  });
});

describe('what is made of a conversation with branches', () => {
  it('a fork has what is shown, or the path to a message', async () => {
    const talk = await begin('mary');
    const [a] = await talk.append(['a', 'b', 'c']);
    await talk.append(['d', 'e'], { parentId: a!.id });
    const fork = async (body: object) => {
      const answer = await talk.user.post(`${talk.path}/fork`, body).expect(201);
      const { id, lastSeq, headSeq } = answer.body as Record<string, number>;
      const messages = `/v1/conversations/${id!}/messages?order=asc`;
      const { data } = (await talk.user.get(messages).expect(200)).body;
      expect({ lastSeq, headSeq }).toEqual({ lastSeq: data.length, headSeq: data.length });
      return data.map(({ content, seq }: Message) => `${content}${seq}`);
    };
    expect(await fork({})).toEqual(['a1', 'd2', 'e3']);
    expect(await fork({ seq: 3 })).toEqual(['a1', 'b2', 'c3']);
    expect(await fork({ seq: 4 })).toEqual(['a1', 'd2']);
    expect(await fork({ seq: 0 })).toEqual([]);
  });

  it('a search says which hits are shown, and those first', async () => {
    const talk = await begin('mary');
    const [a] = await talk.append(['first', 'about otters and otters']);
    await talk.append(['an otter'], { parentId: a!.id });
    const { body } = await talk.user.get(`${talk.path}/messages/search?q=otter`).expect(200);
    const hits = body.data.map(({ message, onPath }: { message: Message; onPath: boolean }) => [
      message.content,
      onPath,
    ]);
    expect(hits).toEqual([
      ['an otter', true],
      ['about otters and otters', false],
    ]);
  });

  it('a search is not filled by hits that are not shown', async () => {
    const talk = await begin('mary');
    const [first] = await talk.append(['where to?']);
    for (let i = 0; i < 12; i++) await talk.append([`lisbon ${i}`], { parentId: first!.id });
    const long = `lisbon, and ${'many other words '.repeat(20)}`;
    await talk.append([long], { parentId: first!.id });
    const { body } = await talk.user.get(`${talk.path}/messages/search?q=lisbon&limit=10`);
    expect(body.data).toHaveLength(10);
    expect(body.data[0]).toMatchObject({ onPath: true, message: { content: long } });
  });

  it('an erasure leaves what a fork of it has added, and what is only on another branch', async () => {
    const talk = await begin('mary');
    const [a, , c] = await talk.append(['a', 'b', 'c']);
    await talk.append(['other'], { parentId: a!.id });
    const { body } = await talk.user.post(`${talk.path}/fork`).expect(201);
    const fork = `/v1/conversations/${body.id as string}/messages`;
    await talk.user.post(fork, { role: 'user', content: 'a note of the fork' }).expect(201);
    for (const { id } of [c!, a!])
      await talk.user.delete(`${talk.path}/messages/${id}?derived=keep`).expect(204);
    const { data } = (await talk.user.get(`${fork}?order=asc`).expect(200)).body;
    expect(data.map(({ content }: Message) => content)).toEqual([
      '',
      'other',
      'a note of the fork',
    ]);
  });

  it('a retry with its Idempotency-Key is answered again, and begins no second branch', async () => {
    const talk = await begin('mary');
    const [a] = await talk.append(['a', 'b']);
    const once = talk.user.with({ 'idempotency-key': 'again' });
    const body = { messages: [{ role: 'assistant', content: 'c' }], parentId: a!.id };
    const first = await once.post(`${talk.path}/messages`, body).expect(201);
    await talk.moveHead({ messageId: a!.id }).expect(200);
    const second = await once.post(`${talk.path}/messages`, body).expect(201);
    expect(second.body).toEqual(first.body);
    await once.post(`${talk.path}/messages`, { ...body, parentId: null }).expect(422);
    expect(await talk.contents('&all=true')).toEqual(['a', 'b', 'c']);
    expect(await talk.contents()).toEqual(['a']);
  });

  it('its pages go on where they began, though the head moves', async () => {
    const talk = await begin('mary');
    const named = Array.from({ length: 9 }, (_, i) => `m${i + 1}`);
    const messages = await talk.append(named);
    await talk.append(['x', 'y'], { parentId: messages[3]!.id });
    const page = (await talk.user.get(`${talk.path}/messages?limit=3`).expect(200)).body;
    expect(page.data.map(({ content }: Message) => content)).toEqual(['y', 'x', 'm4']);
    await talk.moveHead({ messageId: messages[8]!.id }).expect(200);
    const cursor = encodeURIComponent(page.nextCursor as string);
    const next = (await talk.user.get(`${talk.path}/messages?limit=9&cursor=${cursor}`)).body;
    expect(next.data.map(({ content }: Message) => content)).toEqual(['m3', 'm2', 'm1']);
    const forwards = (await talk.user.get(`${talk.path}/messages?order=asc&limit=6`)).body;
    await talk.moveHead({ messageId: messages[0]!.id }).expect(200);
    const after = encodeURIComponent(forwards.nextCursor as string);
    await talk.user.get(`${talk.path}/messages?order=asc&cursor=${after}`).expect(409);
    await talk.moveHead({ messageId: messages[8]!.id }).expect(200);
    const filter = encodeURIComponent(JSON.stringify({ role: 'user' }));
    const filtered = await talk.list(`&filter=${filter}&count=true`);
    expect(filtered.map(({ content }) => content)).toEqual(named);
    const dialect = await talk.user.get(`${talk.path}/messages?format=openai&order=asc`);
    expect(dialect.body.data).toHaveLength(9);
  });
});

describe('random operations', () => {
  let wire: Wire;
  beforeAll(async () => {
    wire = new Wire(await api.listen(), 4);
  });
  afterAll(() => wire.close());

  it.each([1, 2, 3, 4])('show what a plain tree does (seed %i)', async (seed) => {
    const { headers } = api.actingFor(`user ${seed}`);
    const client = new TreeClient(wire, headers, new Seeded(seed), `${seed}`);
    while (client.operations < 250) await client.round();
    await client.compareAll();
  });
});
