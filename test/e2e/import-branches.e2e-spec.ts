import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';

type Row = Record<string, unknown>;

const PATH = '/v1/conversations/import';

describe('importing a conversation with branches', () => {
  let app: TestApp;
  let ada: Caller;
  let users = 0;

  beforeAll(async () => {
    app = await createTestApp();
  });
  beforeEach(() => {
    ada = app.actingFor(`ada${++users}`);
  });
  afterAll(() => app.close());

  /** `content<parent`: numbered in their order, each a minute later; 0 is no parent. */
  const tree = (texts: string, more: object = {}) => ({
    importKey: 'tree',
    messages: texts.split(' ').map((text, i) => {
      const [content, parent] = text.split('<');
      const parentSeq = Number(parent);
      return {
        ...{ role: 'user', content, createdAt: new Date(Date.UTC(2025, 0, 1, 0, i)).toISOString() },
        ...(parent === undefined ? {} : { parentSeq: parentSeq || null }),
      };
    }),
    ...more,
  });
  const send = async (body: object, status = 200, caller = ada) =>
    (await caller.post(PATH, body).expect(status)).body as Row & { conversation: Row };
  const messagesOf = async (id: unknown, query = '', caller = ada) => {
    const { body } = await caller
      .get(`/v1/conversations/${String(id)}/messages?order=asc&limit=100${query}`)
      .expect(200);
    return body.data as (Row & { seq: number; content: string; parentSeq: number | null })[];
  };
  const shown = async (id: unknown) =>
    (await messagesOf(id)).map(({ content }) => content).join(' ');
  /** All messages in the order of arrival, as `tree` takes them. */
  const log = async (id: unknown) =>
    (await messagesOf(id, '&all=true'))
      .map(({ seq, content, parentSeq }) =>
        (parentSeq ?? 0) === seq - 1 ? content : `${content}<${parentSeq ?? 0}`,
      )
      .join(' ');
  const exported = async (id: unknown, caller = ada): Promise<Row[]> => {
    const { body } = await caller
      .get(`/v1/conversations/${String(id)}/export`)
      .buffer(true)
      .parse((response, done) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => done(null, Buffer.concat(chunks).toString()));
      })
      .expect(200);
    return (body as string)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row);
  };

  it('stores each message once, and shows the path to the head', async () => {
    const source = tree('q a b<1 c d<0 e<3', { headSeq: 4 });
    const { conversation, ...result } = await send(source, 201);
    expect(result).toMatchObject({ imported: true, added: 6, branches: 3 });
    expect(conversation).toMatchObject({ lastSeq: 6, headSeq: 4 });
    const { id } = conversation;
    expect(await log(id)).toBe('q a b<1 c d<0 e<3');
    expect(await shown(id)).toBe('q b c');
    expect((await messagesOf(id)).map(({ branches }) => branches)).toEqual([2, 2, 2]);
    expect(await send(source)).toEqual({
      ...{ imported: false, added: 0, branches: 0, differsAt: null, erased: 0 },
      conversation,
    });
    // The next message follows the head.
    await ada.post(`/v1/conversations/${String(id)}/messages`, { role: 'user', content: 'here' });
    expect(await shown(id)).toBe('q b c here');
  });

  it('shows the last message without a head, and nothing with the head 0', async () => {
    const last = await send(tree('a b c<1', { importKey: 'last' }), 201);
    expect(await shown(last.conversation['id'])).toBe('a c');
    const none = await send(tree('a b', { importKey: 'none', headSeq: 0 }), 201);
    expect(none.conversation).toMatchObject({ lastSeq: 2, headSeq: 0 });
    expect(await shown(none.conversation['id'])).toBe('');
    const linear = await send(tree('a b', { importKey: 'linear', headSeq: 2 }), 201);
    const { rows } = await app.database.admin(
      'select head_seq from threadkeep.conversation where id = $1',
      [linear.conversation['id']],
    );
    expect(rows).toEqual([{ head_seq: null }]);
  });

  it('adds the branches of a source that has grown, and goes to its head', async () => {
    const { id } = (await send(tree('q a b', { headSeq: 3 }), 201)).conversation;
    const grown = await send(tree('q a b a2<1 c<3 b2', { headSeq: 4 }));
    expect(grown).toMatchObject({ imported: false, added: 3, branches: 2, differsAt: null });
    expect(grown.conversation).toMatchObject({ lastSeq: 6, headSeq: 4 });
    expect(await log(id)).toBe('q a b a2<1 c<3 b2');
    expect(await shown(id)).toBe('q a2');
    const longer = await send(tree('q a b a2<1 c<3 b2 d<4', { headSeq: 7 }));
    expect(longer).toMatchObject({ added: 1, branches: 1 });
    expect(await shown(id)).toBe('q a2 d');
  });

  it('goes to the head of its source after an erasure, too', async () => {
    const { id } = (await send(tree('q a b<1', { headSeq: 2 }), 201)).conversation;
    const [, , b] = await messagesOf(id, '&all=true');
    await ada
      .delete(`/v1/conversations/${String(id)}/messages/${String(b!['id'])}?derived=keep`)
      .expect(204);
    await send(tree('q a b<1 c<2', { headSeq: 4 }));
    expect(await shown(id)).toBe('q a c');
  });

  it('leaves a head that was moved here', async () => {
    const { id } = (await send(tree('q a b<1', { headSeq: 3 }), 201)).conversation;
    const [, a] = await messagesOf(id, '&all=true');
    await ada.put(`/v1/conversations/${String(id)}/head`, { messageId: a!['id'] }).expect(200);
    const source = tree('q a b<1 c', { headSeq: 4 });
    expect((await send(source)).conversation).toMatchObject({ lastSeq: 4, headSeq: 2 });
    expect(await shown(id)).toBe('q a');
  });

  it('finds its messages among others, in any order, and adds only what is not there', async () => {
    // An earlier release kept the branch that was seen last only.
    const { id } = (await send(tree('q b c'), 201)).conversation;
    await ada.post(`/v1/conversations/${String(id)}/messages`, { role: 'user', content: 'here' });
    const source = tree('q a b<1 c d', { headSeq: 5 });
    expect(await send(source)).toMatchObject({
      ...{ imported: false, added: 2, branches: 2, differsAt: null },
      // What was said here stays shown.
      conversation: { lastSeq: 6, headSeq: 4 },
    });
    expect(await log(id)).toBe('q b c here a<1 d<3');
    expect(await shown(id)).toBe('q b c here');
    for (const again of [source, tree('q b c a<1 d<3', { headSeq: 5 })])
      expect(await send(again)).toMatchObject({ added: 0, differsAt: null });
    const changed = tree('q A b<1 c d', { headSeq: 5 });
    expect(await send(changed)).toMatchObject({ added: 1, branches: 1 });
    expect(await log(id)).toBe('q b c here a<1 d<3 A<1');
  });

  it('adds nothing to a list of messages that differs, or to a part of a tree', async () => {
    const { id } = (await send(tree('q a b<1', { headSeq: 3 }), 201)).conversation;
    expect(await send(tree('q a b'))).toMatchObject({ added: 0, differsAt: 3 });
    expect(await send(tree('q x b<1 c'))).toMatchObject({ added: 0, differsAt: 2 });
    const part = tree('x c', { firstSeq: 3, headSeq: 4 });
    expect(await send(part)).toMatchObject({ added: 0, differsAt: 3 });
    expect(await log(id)).toBe('q a b<1');
  });

  it('keeps what was erased here, wherever it is in the source', async () => {
    const { id } = (await send(tree('q a b c', { headSeq: 4 }), 201)).conversation;
    const [, a, b] = await messagesOf(id);
    for (const message of [a!, b!])
      await ada
        .delete(`/v1/conversations/${String(id)}/messages/${String(message['id'])}?derived=keep`)
        .expect(204);
    const source = tree('q a b c', { headSeq: 5 });
    source.messages.splice(1, 0, {
      role: 'user',
      content: 'new',
      createdAt: '2025-02-01T00:00:00Z',
    });
    source.messages[2] = { ...source.messages[2]!, parentSeq: 1 };
    expect(await send(source)).toMatchObject({ added: 1, erased: 2 });
    expect(await log(id)).toBe('q   c new<1');
  });

  it('does not bring back what was erased in a source without times, and says where it differs', async () => {
    const untimed = (texts: string) => {
      const { messages, ...rest } = tree(texts, { headSeq: 2 });
      return {
        ...rest,
        messages: messages.map((message) => ({ ...message, createdAt: undefined })),
      };
    };
    const id = (await send(untimed('q a b<1 c<3'), 201)).conversation['id'];
    const [, b] = (await messagesOf(id, '&all=true')).slice(1);
    await ada
      .delete(`/v1/conversations/${String(id)}/messages/${String(b!['id'])}?derived=keep`)
      .expect(204);
    const grown = await send(untimed('q a new<1 b<1 c<4'));
    expect(grown).toMatchObject({ added: 0, differsAt: 3 });
    expect(await log(id)).toBe('q a <1 c');
  });

  it('takes a tree in several requests, the last of which names the head', async () => {
    const first = tree('q a b<1');
    const second = tree('c<2 d<3 e<0', { firstSeq: 4, headSeq: 2 });
    const { id } = (await send(first, 201)).conversation;
    expect(await send(second)).toMatchObject({ added: 3, branches: 3 });
    expect(await log(id)).toBe('q a b<1 c<2 d<3 e<0');
    expect(await shown(id)).toBe('q a');
    for (const part of [first, second])
      expect(await send(part)).toMatchObject({ added: 0, differsAt: null });
    expect(await shown(id)).toBe('q a');
    const third = tree('f<4', { firstSeq: 7, headSeq: 7 });
    expect(await send(third)).toMatchObject({ added: 1, conversation: { headSeq: 7 } });
    expect(await shown(id)).toBe('q a c f');
  });

  it('adds each message once when imports of a grown tree race', async () => {
    const { id } = (await send(tree('q b'), 201)).conversation;
    const source = tree('q a b<1 c a2<1', { headSeq: 4 });
    const answers = await Promise.all(Array.from({ length: 6 }, () => send(source)));
    expect(answers.map(({ added }) => added as number).sort()).toEqual([0, 0, 0, 0, 0, 3]);
    expect(await log(id)).toBe('q b a<1 c<2 a2<1');
    expect(await shown(id)).toBe('q b c');
  });

  it('makes an equal tree of an export, and nothing of it where it is from', async () => {
    const made = await ada.post('/v1/conversations', { title: 'Tree' }).expect(201);
    const id = made.body.id as string;
    const talk = `/v1/conversations/${id}`;
    const add = async (body: object) =>
      (await ada.post(`${talk}/messages`, body).expect(201)).body.data as Row[];
    const [q, a] = await add({
      messages: [
        { role: 'user', content: 'q', key: 'k1', createdAt: '2025-01-01T00:00:00.123456Z' },
        { role: 'assistant', content: [{ type: 'text', text: 'a' }], status: 'failed' },
      ],
    });
    await add({
      parentId: q!['id'],
      messages: [{ role: 'assistant', content: 'b', status: 'interrupted', metadata: { n: 1 } }],
    });
    await add({ parentId: null, messages: [{ role: 'user', content: 'root', key: 'k2' }] });
    const [draft] = await add({
      parentId: a!['id'],
      messages: [{ role: 'user', content: 'Hel', status: 'in_progress' }],
    });
    await ada.put(`${talk}/head`, { messageId: a!['id'] }).expect(200);

    const lines = await exported(id);
    expect(lines).toMatchObject([
      {
        importKey: id,
        headSeq: 2,
        messages: [{}, {}, { parentSeq: 1 }, { parentSeq: null }, { parentSeq: 2 }],
      },
    ]);
    const nothing = { imported: false, added: 0, differsAt: null, conversation: { headSeq: 2 } };
    expect(await send(lines[0]!)).toMatchObject(nothing);

    const bob = app.actingFor(`bob${users}`);
    const copy = await send(lines[0]!, 201, bob);
    const essence = (rows: Row[]) =>
      rows.map(({ seq, parentSeq, role, content, key, metadata, createdAt }) => [
        ...[seq, parentSeq, role, content, key, metadata, createdAt],
      ]);
    const copied = await messagesOf(copy.conversation['id'], '&all=true', bob);
    expect(essence(copied)).toEqual(essence(await messagesOf(id, '&all=true')));
    expect(copied.map(({ status }) => status ?? 'complete')).toEqual([
      ...['complete', 'failed', 'interrupted', 'complete', 'interrupted'],
    ]);
    expect(copy.conversation).toMatchObject({ headSeq: 2, lastSeq: 5 });
    expect(await exported(copy.conversation['id'], bob)).toMatchObject([{ headSeq: 2 }]);

    // The message that was in progress says more by now.
    await ada
      .patch(`${talk}/messages/${String(draft!['id'])}`, {
        ...{ expectedVersion: 0, append: 'lo', status: 'complete' },
      })
      .expect(200);
    expect(await send(lines[0]!)).toMatchObject(nothing);
  });

  it('writes a large tree in lines that make an equal one, and are nothing new again', async () => {
    const messages = Array.from({ length: 1_200 }, (_, i) => ({
      ...{ role: 'user', content: `${i + 1}` },
      ...(i % 7 === 6 ? { parentSeq: i - 4 } : {}),
    }));
    const { id } = (await send({ importKey: 'large', messages, headSeq: 1_198 }, 201)).conversation;
    const lines = await exported(id);
    expect(lines.map(({ firstSeq, headSeq }) => [firstSeq, headSeq])).toEqual([
      [undefined, undefined],
      [501, undefined],
      [1_001, 1_198],
    ]);
    const bob = app.actingFor(`bob${users}`);
    let copy = '';
    for (const line of [...lines, ...lines])
      copy = (await bob.post(PATH, line)).body.conversation.id as string;
    expect(await exported(copy, bob)).toEqual(lines);
    for (const line of lines) expect(await send(line)).toMatchObject({ added: 0, differsAt: null });
  });

  it('takes the log as the API answers it', async () => {
    const { id } = (await send(tree('q a b<1 c d<0'), 201)).conversation;
    const copy = await send(
      {
        ...{ importKey: 'copy', headSeq: 2 },
        messages: await messagesOf(id, '&all=true'),
      },
      201,
    );
    expect(await log(copy.conversation['id'])).toBe('q a b<1 c d<0');
    expect(await shown(copy.conversation['id'])).toBe('q a');
  });

  it('names a parent that does not come before, and a head that is not there, and stores nothing', async () => {
    const wrong = await ada.post(PATH, tree('a<1 b<2 c<9 d<3', { headSeq: 5 }));
    expect(wrong.status).toBe(422);
    expect(wrong.body).toMatchObject({
      code: 'conversation.unknown_message',
      errors: [
        { pointer: '/messages/0/parentSeq' },
        { pointer: '/messages/1/parentSeq' },
        { pointer: '/messages/2/parentSeq' },
        { pointer: '/headSeq' },
      ],
    });
    await app
      .actingFor(`never${users}`)
      .post(PATH, tree('a', { headSeq: 2 }))
      .expect(422);
    const { body } = await ada.get('/v1/conversations').expect(200);
    expect(body.data).toEqual([]);
  });

  it('says which key is that of another message, and stores nothing', async () => {
    const keyed = (...keys: string[]) => keys.map((key) => ({ role: 'user', content: key, key }));
    const twice = await ada.post(PATH, { importKey: 'k', messages: keyed('a', 'b', 'a') });
    expect(twice.status).toBe(409);
    expect(twice.body).toMatchObject({
      code: 'message.key_taken',
      errors: [{ pointer: '/messages/2/key' }],
    });
    await send({ importKey: 'k', messages: keyed('a', 'b') }, 201);
    const taken = await ada.post(PATH, { importKey: 'k', firstSeq: 3, messages: keyed('c', 'a') });
    expect(taken.status).toBe(409);
    expect(taken.body).toMatchObject({
      code: 'message.key_taken',
      errors: [{ pointer: '/messages/1/key' }],
    });
    expect(await send({ importKey: 'k', messages: [] })).toMatchObject({
      conversation: { lastSeq: 2 },
    });
  });
});
