// Many conversations in one import: each is stored, or refused, as if it came alone.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { alphanumeric, of } from '../support/fake-tokens.js';
import { StatementRecorder } from '../support/statements.js';

const ONE = '/v1/conversations/import';
const PATH = `${ONE}/batch`;
const TOKEN = of('gh', 'p_', alphanumeric(36));
const said = (content: string) => ({ role: 'user', content });
const talk = (importKey: string, ...contents: string[]) => ({
  importKey,
  title: `Talk ${importKey}`,
  tags: ['old'],
  metadata: { of: importKey },
  messages: (contents.length > 0 ? contents : ['one', 'two']).map(said),
});
type Outcome = {
  result: {
    imported: boolean;
    added: number;
    conversation: { id: string; headSeq: number };
  } | null;
  problem: { status: number; code: string; errors?: { pointer: string }[] } | null;
};

describe('importing a batch', () => {
  let app: TestApp;
  let ada: Caller;
  let users = 0;

  beforeAll(async () => {
    app = await createTestApp({ QUOTA_CONVERSATIONS: '8' });
  });
  beforeEach(() => {
    ada = app.actingFor(`ada${++users}`);
  });
  afterAll(() => app.close());

  const importAll = async (conversations: object[], who = ada): Promise<Outcome[]> =>
    ((await who.post(PATH, { conversations }).expect(200)).body as { data: Outcome[] }).data;
  const brief = (outcomes: Outcome[]) =>
    outcomes.map(({ result, problem }) =>
      result ? [result.imported, result.added] : [problem!.status, problem!.code],
    );
  const contentsOf = async (key: string): Promise<string[]> => {
    const { body } = await ada.get(`/v1/conversations?filter[key]=${key}`).expect(200);
    const [one, ...others] = (body as { data: { id: string }[] }).data;
    expect(others).toEqual([]);
    const page = await ada.get(`/v1/conversations/${one!.id}/messages?order=asc`).expect(200);
    return (page.body as { data: { content: string }[] }).data.map(({ content }) => content);
  };

  it('answers each as an import of it alone does', async () => {
    const conversations = [
      { ...talk('a'), createdAt: '2023-05-01T10:00:00Z', status: 'archived' },
      { ...talk('b'), tags: ['x,y', 'z"}'], updatedAt: '2024-05-01T10:00:00Z', messages: [] },
      { ...talk('c', 'é', '🎉'), title: null },
    ];
    const together = await importAll(conversations);
    const bob = app.actingFor('bob');
    for (const [i, conversation] of conversations.entries()) {
      const { body } = await bob.post(ONE, conversation).expect(201);
      const { id, createdAt, updatedAt, ...rest } = body.conversation;
      expect(together[i]!.result!.conversation.id).not.toBe(id);
      const ofSource = i === 0 ? { createdAt, updatedAt } : {};
      expect(together[i]).toMatchObject({
        problem: null,
        result: { ...body, conversation: { ...rest, ...ofSource } },
      });
    }
    expect(await contentsOf('c')).toEqual(['é', '🎉']);
  });

  it('stores what is new beside what is known, grown, deleted, wrong and twice there', async () => {
    await importAll([talk('known'), talk('grown'), talk('gone'), talk('bin')]);
    for (const [key, purge] of [
      ['gone', true],
      ['bin', false],
    ] as const) {
      const { body } = await ada.get(`/v1/conversations?filter[key]=${key}`);
      await ada
        .delete(`/v1/conversations/${body.data[0].id}?purge=${purge}`)
        .expect(purge ? 200 : 204);
    }
    const outcomes = await importAll([
      talk('new 1'),
      talk('known'),
      talk('grown', 'one', 'two', 'three'),
      talk('gone'),
      talk('bin'),
      { ...talk('wrong'), messages: [{ role: 'nobody', content: 'x' }] },
      { ...talk('secret'), title: of('my key is ', TOKEN) },
      { ...talk('late'), firstSeq: 4 },
      talk('new 2'),
      talk('twice'),
      talk('twice', 'one', 'two', 'three'),
      null as never,
    ]);
    expect(brief(outcomes)).toEqual([
      [true, 2],
      [false, 0],
      [false, 1],
      [410, 'conversation.deleted_import'],
      [false, 0],
      [422, 'request.invalid_body'],
      [422, 'request.refused'],
      [409, 'conversation.head_moved'],
      [true, 2],
      [true, 2],
      [false, 1],
      [422, 'request.invalid_body'],
    ]);
    expect(outcomes[5]!.problem!.errors![0]!.pointer).toBe('/messages/0/role');
    expect(JSON.stringify(outcomes)).not.toContain(TOKEN);
    expect(await contentsOf('grown')).toEqual(['one', 'two', 'three']);
    expect(await contentsOf('twice')).toEqual(['one', 'two', 'three']);
    const again = await importAll([
      { ...talk('gone'), again: true },
      { ...talk('bin'), again: true },
    ]);
    expect(brief(again)).toEqual([
      [true, 2],
      [false, 0],
    ]);
    expect(await contentsOf('bin')).toEqual(['one', 'two']);
  });

  it('keeps branches, keys, statuses and feedback', async () => {
    const messages = [
      { ...said('one'), key: 'k' },
      { ...said('two'), feedback: { rating: 'up' } },
      { ...said('other'), parentSeq: 1, status: 'interrupted' },
    ];
    const outcomes = await importAll([
      talk('plain'),
      { ...talk('branched'), messages },
      talk('plain too'),
    ]);
    expect(outcomes[1]).toMatchObject({ result: { imported: true, added: 3, branches: 1 } });
    const page = await ada.get(
      `/v1/conversations/${outcomes[1]!.result!.conversation.id}/messages?all=true&order=asc`,
    );
    expect((page.body as { data: object[] }).data).toMatchObject([
      { key: 'k' },
      { feedback: { rating: 'up' } },
      { status: 'interrupted' },
    ]);
  });

  it('stores branches as an import of each alone does, by statements for all of them', async () => {
    const branched = (importKey: string, headSeq: number) => ({
      ...talk(importKey),
      headSeq,
      messages: [
        said('why?'),
        said('so'),
        { ...said('or so'), parentSeq: 1 },
        { ...said('how?'), parentSeq: null },
      ],
    });
    const conversations = [branched('x', 2), talk('y'), branched('z', 4), branched('0', 0)];
    const recorder = new StatementRecorder();
    const together = await importAll(conversations);
    recorder.stop();
    const inserts = recorder.sent.filter(({ text }) =>
      /insert into threadkeep.(conversation|message) /.test(text),
    );
    expect(inserts).toHaveLength(2);
    expect(await importAll(conversations)).toMatchObject(
      together.map(() => ({ result: { imported: false, added: 0, differsAt: null } })),
    );
    const treeOf = async (who: Caller, id: string) => {
      const { body } = await who.get(`/v1/conversations/${id}/messages?all=true&order=asc`);
      return (body.data as Record<string, unknown>[]).map(({ seq, parentSeq, content }) => [
        ...[seq, parentSeq, content],
      ]);
    };
    const bob = app.actingFor(`bob${users}`);
    for (const [i, conversation] of conversations.entries()) {
      const { body } = await bob.post(ONE, conversation).expect(201);
      const { conversation: stored, ...counts } = together[i]!.result!;
      expect({ ...counts, headSeq: stored.headSeq }).toEqual({
        ...{ imported: true, added: body.added, branches: body.branches, differsAt: null },
        ...{ erased: 0, headSeq: body.conversation.headSeq },
      });
      expect(await treeOf(ada, stored.id)).toEqual(await treeOf(bob, body.conversation.id));
    }
  });

  it('stores up to the quota, and refuses the others', async () => {
    const outcomes = await importAll(Array.from({ length: 10 }, (_, i) => talk(`${i}`)));
    const stored = Array.from({ length: 8 }, () => [true, 2]);
    expect(brief(outcomes)).toEqual([...stored, [507, 'quota.reached'], [507, 'quota.reached']]);
  });

  it.each([
    ['without', {}],
    ['with', { key: true }],
  ])('stores each message once when equal batches race, %s keys of their own', async (_, own) => {
    const conversations = ['r1', 'r2', 'r3', 'r4'].map((key) => talk(key));
    const racers = Array.from({ length: 4 }, (_, i) =>
      'key' in own ? ada.with({ 'idempotency-key': `race-${i}` }) : ada,
    );
    const all = await Promise.all(
      racers.map((who, i) => importAll(i % 2 ? conversations : conversations.toReversed(), who)),
    );
    expect(all.flat().filter(({ result }) => result!.imported)).toHaveLength(4);
    for (const { importKey } of conversations)
      expect(await contentsOf(importKey)).toEqual(['one', 'two']);
  });

  it('keeps nothing of what is refused in the transaction of an Idempotency-Key', async () => {
    await importAll([{ ...talk('held'), messages: [{ ...said('one'), key: 'k' }] }]);
    const taken = { ...said('two'), key: 'k' };
    const conversations = [
      { ...talk('held'), firstSeq: 2, messages: [taken] },
      talk('n1'),
      talk('n2'),
    ];
    const keyed = ada.with({ 'idempotency-key': 'once' });
    const outcomes = await importAll(conversations, keyed);
    expect(brief(outcomes)).toEqual([
      [409, 'message.key_taken'],
      [true, 2],
      [true, 2],
    ]);
    expect(await importAll(conversations, keyed)).toEqual(outcomes);
    expect(await contentsOf('held')).toEqual(['one']);
    const { body } = await ada.get('/v1/conversations?filter[key]=held');
    expect(body.data[0].lastSeq).toBe(1);
  });

  it('refuses too many conversations, and too many messages together', async () => {
    const many = Array.from({ length: 101 }, (_, i) => talk(`${i}`));
    await ada.post(PATH, { conversations: many }).expect(422);
    await ada.post(PATH, { conversations: [] }).expect(422);
    await ada.post(PATH, { conversations: {} }).expect(422);
    const long = { importKey: 'l', messages: Array.from({ length: 10_001 }, () => said('x')) };
    const { body } = await ada
      .post(PATH, { conversations: [long, { ...long, importKey: 'm' }] })
      .expect(422);
    expect(body.errors).toEqual([
      { pointer: '/conversations/1/messages', message: 'must have at most 9999 items' },
    ]);
  });
});
