// Checkpoints of runs of agents, as LangGraph's checkpointers keep them.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import {
  checkpoint,
  type Found,
  idsOf,
  packed,
  place,
  put,
  search,
  textsOf,
  valuesOf,
  write,
} from '../support/checkpoints.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const newUser = (): Caller => app.actingFor(`runner ${++users}`);
const rows = async (who: Caller, table: string): Promise<number> => {
  const { id } = (await who.get('/v1/users/me').expect(200)).body as { id: string };
  const count = `select count(*)::int as count from threadkeep.${table} where user_id = $1`;
  return (await app.database.admin(count, [id])).rows[0]!['count'] as number;
};

describe('a checkpoint', () => {
  it('comes back as it was sent, byte for byte, with the values of its channels', async () => {
    const ada = newUser();
    const bytes = Buffer.from([0, 255, 1, 254, 0]).toString('base64');
    await put(ada, '1', {
      parentId: null,
      channels: { messages: '1', done: '1' },
      values: [
        { channel: 'messages', version: '1', type: 'bytes', data: bytes },
        { channel: 'done', version: '1', type: 'empty', data: '' },
      ],
    });
    expect(await search(ada, { threadId: 'trip', namespace: '', limit: 1 })).toEqual([
      {
        ...place('1'),
        parentId: null,
        checkpoint: packed('checkpoint 1'),
        metadata: packed('metadata of 1'),
        values: [{ channel: 'messages', type: 'bytes', data: bytes }],
        writes: [],
      },
    ]);
  });

  it('shares values with the one before, which are stored once', async () => {
    const ada = newUser();
    const values = valuesOf({ 'messages@1': 'hello', 'steps@1': 'one' });
    await put(ada, '1', { channels: { messages: '1', steps: '1' }, values });
    await put(ada, '2', {
      parentId: '1',
      channels: { messages: '1', steps: '2' },
      values: valuesOf({ 'steps@2': 'two' }),
    });
    const [second, first] = await search(ada, { threadId: 'trip' });
    expect(textsOf(second!.values)).toEqual(['hello', 'two']);
    expect(textsOf(first!.values)).toEqual(['hello', 'one']);
    expect(await rows(ada, 'checkpoint_value')).toBe(3);
  });

  it('is refused when a version has another value, and stays when it is sent again', async () => {
    const ada = newUser();
    const channels = { messages: '1' };
    const values = valuesOf({ 'messages@1': 'hello' });
    await put(ada, '1', { channels, values });
    await put(ada, '1', { channels, values });
    const other = checkpoint('2', { channels, values: valuesOf({ 'messages@1': 'other' }) });
    const problem = expectProblem(
      await ada.put('/v1/checkpoints', other),
      409,
      'checkpoint.value_changed',
    );
    expect(problem).toMatchObject({ channels: ['messages'] });
    expect(idsOf(await search(ada))).toEqual(['1']);
  });

  it('is refused when it follows another one, and a value that it does not send is gone', async () => {
    const ada = newUser();
    const body = checkpoint('2', { parentId: '1', channels: { messages: '1' } });
    const problem = expectProblem(
      await ada.put('/v1/checkpoints', body),
      409,
      'checkpoint.values_missing',
    );
    expect(problem).toMatchObject({ channels: ['messages'] });
    expect(await search(ada)).toEqual([]);
    await put(ada, '2', { ...body, values: valuesOf({ 'messages@1': 'hello' }) });
  });

  it('has at most 8 MiB of values, however many checkpoints brought them', async () => {
    const ada = newUser();
    const large = 'x'.repeat(3_000_000);
    await put(ada, '1', {
      channels: { a: '1', b: '1' },
      values: valuesOf({ 'a@1': large, 'b@1': '' }),
    });
    await put(ada, '2', {
      parentId: '1',
      channels: { a: '1', b: '2' },
      values: valuesOf({ 'b@2': large }),
    });
    const body = checkpoint('3', {
      parentId: '2',
      channels: { a: '1', b: '2', c: '1' },
      values: valuesOf({ 'c@1': large }),
    });
    expectProblem(await ada.put('/v1/checkpoints', body), 413, 'checkpoint.too_large');
  });

  it('is nobody else’s', async () => {
    const [ada, bob] = [newUser(), newUser()];
    await put(ada, '1');
    expect(await search(bob, { threadId: 'trip' })).toEqual([]);
    await bob.delete('/v1/checkpoints?threadId=trip').expect(204);
    await put(bob, '1', { metadata: packed('of Bob') });
    expect(textsOf((await search(ada)).map(({ metadata }) => metadata))).toEqual(['metadata of 1']);
  });
});

describe('a search of checkpoints', () => {
  it('gives the newest first, by thread, namespace, labels and what comes before', async () => {
    const ada = newUser();
    await put(ada, '1', { labels: { source: 'input', step: -1 } });
    await put(ada, '3', { labels: { source: 'loop', step: 0 } });
    await put(ada, '2', { ...place('2', 'child:1'), labels: { source: 'loop', step: 0 } });
    await put(ada, '4', { threadId: 'other', labels: { source: 'loop', step: 1 } });
    const ids = async (asked: object) => idsOf(await search(ada, asked));
    expect(await ids({})).toEqual(['4', '3', '2', '1']);
    expect(await ids({ threadId: 'trip' })).toEqual(['3', '2', '1']);
    expect(await ids({ threadId: 'trip', namespace: '' })).toEqual(['3', '1']);
    expect(await ids({ namespace: 'child:1' })).toEqual(['2']);
    expect(await ids({ threadId: 'trip', namespace: '', checkpointId: '1' })).toEqual(['1']);
    expect(await ids({ threadId: 'trip', before: '3' })).toEqual(['2', '1']);
    expect(await ids({ filter: { source: 'loop' } })).toEqual(['4', '3', '2']);
    expect(await ids({ filter: { source: 'loop', step: 0 }, limit: 1 })).toEqual(['3']);
    expect(await ids({ filter: { source: 'x' } })).toEqual([]);
    expect(await ids({ threadId: 'none', namespace: '', limit: 1 })).toEqual([]);
  });

  it('goes on after the last one, also where ids are the same', async () => {
    const ada = newUser();
    for (const namespace of ['', 'a', 'b']) await put(ada, '1', place('1', namespace));
    const seen: string[] = [];
    let after: object | null = null;
    for (let pages = 0; pages < 4; pages++) {
      const { body } = await ada.post('/v1/checkpoints/search', { limit: 1, after }).expect(200);
      const { data, hasMore } = body as { data: Found[]; hasMore: boolean };
      seen.push(...data.map(({ namespace }) => namespace));
      if (!hasMore) break;
      const { threadId, namespace, checkpointId } = data[0]!;
      after = { threadId, namespace, checkpointId };
    }
    expect(seen).toEqual(['b', 'a', '']);
  });

  it('gives fewer where they are large, and at least one', async () => {
    const ada = newUser();
    const large = 'x'.repeat(3_500_000);
    for (const id of ['1', '2', '3'])
      await put(ada, id, { channels: { a: id }, values: valuesOf({ [`a@${id}`]: large }) });
    const { body } = await ada.post('/v1/checkpoints/search', { limit: 10 }).expect(200);
    expect([
      idsOf((body as { data: Found[] }).data),
      (body as { hasMore: boolean }).hasMore,
    ]).toEqual([['3', '2'], true]);
  });
});

describe('what a task has written', () => {
  const at = (position: number, text: string, channel = 'messages') => ({
    channel,
    position,
    ...packed(text),
  });

  it('is kept once for each place, and replaced below 0', async () => {
    const ada = newUser();
    await put(ada, '1');
    await write(ada, '1', 'task', [at(0, 'first'), at(1, 'second'), at(-1, 'error', '__error__')]);
    await write(ada, '1', 'task', [at(0, 'again'), at(-1, 'other', '__error__')]);
    const [{ writes }] = (await search(ada)) as [Found];
    expect(textsOf(writes)).toEqual(['other', 'first', 'second']);
    expect(writes[0]).toMatchObject({ taskId: 'task', channel: '__error__', type: 'json' });
  });

  it('is given by path, task and place, as code points', async () => {
    const ada = newUser();
    await put(ada, '1');
    const letter = (text: string) => [at(0, text)];
    await write(ada, '1', 'b', letter('no path, b'));
    await write(ada, '1', 'Z', letter('no path, Z'));
    await write(ada, '1', 'a', letter('path'), { taskPath: '~__pregel_pull, x' });
    const [{ writes }] = (await search(ada)) as [Found];
    expect(textsOf(writes)).toEqual(['no path, Z', 'no path, b', 'path']);
  });

  it('may come before its checkpoint, and twice in one request', async () => {
    const ada = newUser();
    await write(ada, '1', 'task', [at(-3, 'a'), at(-3, 'b'), at(0, 'c'), at(0, 'd')]);
    await put(ada, '1');
    const [{ writes }] = (await search(ada)) as [Found];
    expect(textsOf(writes)).toEqual(['b', 'c']);
  });

  it('is at most 8 MiB for a checkpoint, and a repetition counts once', async () => {
    const ada = newUser();
    const large = [at(0, 'x'.repeat(3_000_000))];
    for (const task of ['a', 'b', 'b', 'a']) await write(ada, '1', task, large);
    const body = { ...place('1'), taskId: 'c', writes: large };
    expectProblem(await ada.put('/v1/checkpoints/writes', body), 413, 'checkpoint.too_large');
  });
});

describe('a thread', () => {
  const grow = async (who: Caller, ids: string[], more: object = {}) => {
    for (const [i, id] of ids.entries()) {
      const version = String(i + 1);
      await put(who, id, {
        parentId: ids[i - 1] ?? null,
        channels: { messages: version, fixed: '1' },
        values: valuesOf({
          [`messages@${version}`]: `say ${id}`,
          ...(i === 0 ? { 'fixed@1': 'fixed' } : {}),
        }),
        ...more,
      });
      const said = { channel: 'messages', position: 0, ...packed(`after ${id}`) };
      await write(who, id, 'task', [said]);
    }
  };

  it('is deleted with all that belongs to it, and others stay', async () => {
    const ada = newUser();
    await grow(ada, ['1', '2']);
    await put(ada, '9', { threadId: 'other' });
    await ada.delete('/v1/checkpoints?threadId=trip').expect(204);
    await ada.delete('/v1/checkpoints?threadId=trip').expect(204);
    expect(idsOf(await search(ada))).toEqual(['9']);
    expect(await rows(ada, 'checkpoint_value')).toBe(0);
    expect(await rows(ada, 'checkpoint_write')).toBe(0);
  });

  it('keeps its newest checkpoints when it is pruned, with their values', async () => {
    const ada = newUser();
    await grow(ada, ['1', '2', '3', '4']);
    await ada.delete('/v1/checkpoints?threadId=trip&keep=2').expect(204);
    const found = await search(ada);
    expect(idsOf(found)).toEqual(['4', '3']);
    expect(textsOf(found[0]!.values)).toEqual(['fixed', 'say 4']);
    expect(textsOf(found[1]!.writes)).toEqual(['after 3']);
    expect(await rows(ada, 'checkpoint_value')).toBe(3);
    expect(await rows(ada, 'checkpoint_write')).toBe(2);
  });

  it('does not grow beyond what each put keeps', async () => {
    const ada = newUser();
    const ids = Array.from({ length: 12 }, (_, i) => String(i + 10));
    await grow(ada, ids, { keep: 3 });
    expect(idsOf(await search(ada))).toEqual(['21', '20', '19']);
    expect(await rows(ada, 'checkpoint_value')).toBe(4);
    expect(await rows(ada, 'checkpoint_write')).toBe(3);
  });

  it('loses inner runs that are older than what is kept, and not the state of inner graphs', async () => {
    const ada = newUser();
    await put(ada, '1');
    for (const id of ['11', '12']) await put(ada, id, place(id, 'node:task-1'));
    for (const id of ['13', '14']) await put(ada, id, place(id, 'memory'));
    await put(ada, '2');
    await put(ada, '21', place('21', 'node:task-2'));
    await ada.delete('/v1/checkpoints?threadId=trip&keep=1').expect(204);
    const found = await search(ada);
    expect(found.map(({ namespace, checkpointId }) => `${namespace} ${checkpointId}`)).toEqual([
      'node:task-2 21',
      ' 2',
      'memory 14',
    ]);
  });

  it('loses no value when it is pruned while a fork of an old checkpoint is stored', async () => {
    const ada = newUser();
    const ids = ['1', '2', '3', '4'];
    for (let round = 0; round < 5; round++) {
      await grow(ada, ids);
      const fork = checkpoint('9', { parentId: '1', channels: { messages: '1', fixed: '1' } });
      const [forked] = await Promise.all([
        ada.put('/v1/checkpoints', fork),
        ada.delete('/v1/checkpoints?threadId=trip&keep=1').expect(204),
      ]);
      expect([204, 409]).toContain(forked.status);
      const asked = { threadId: 'trip', namespace: '', checkpointId: '9' };
      const [found] = await search(ada, asked);
      if (found) expect(textsOf(found.values)).toEqual(['fixed', 'say 1']);
      await ada.delete('/v1/checkpoints?threadId=trip').expect(204);
    }
  });
});

describe('a body of checkpoints', () => {
  it.each([
    ...['e3', 'e===', '====', 'e30\n', 'e=30', 'e-30'].map((data): [string, object, string] => [
      `data that is no base64: ${data}`,
      { checkpoint: { type: 'json', data } },
      '/checkpoint/data',
    ]),
    ['a version that is no text', { channels: { a: 1 } }, '/channels/a'],
    [
      'too long a name of a channel',
      { channels: { ['x'.repeat(121)]: '1' } },
      `/channels/${'x'.repeat(121)}`,
    ],
    ['too long a namespace', { namespace: 'ü'.repeat(400) }, '/namespace'],
    ['keep 0', { keep: 0 }, '/keep'],
    ['keep 101', { keep: 101 }, '/keep'],
  ])('is refused with %s', async (_, given, pointer) => {
    const answer = await newUser().put('/v1/checkpoints', checkpoint('1', given));
    const { errors } = expectProblem(answer, 422, 'request.invalid_body') as unknown as {
      errors: { pointer: string }[];
    };
    expect(errors.map((error) => error.pointer)).toEqual([pointer]);
  });
});
