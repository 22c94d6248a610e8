// Threads of checkpoints: how much of one there may be, what pruning leaves, and whose it is.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { packed, place, put, search, textsOf, valuesOf, write } from '../support/checkpoints.js';
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

describe('rows without data', () => {
  it('of writes are bounded, also when many come at once', async () => {
    const ada = newUser();
    await put(ada, '1');
    const { id } = (await ada.get('/v1/users/me').expect(200)).body as { id: string };
    await app.database.admin(
      `insert into threadkeep.checkpoint_write (user_id, thread_id, namespace, checkpoint_id,
         task_id, position, task_path, channel, type, data)
       select $1, 'trip', '', '1', 'before', n, repeat('p', 1000), 'a', 'empty', ''
         from generate_series(1, 3752) n`,
      [id],
    );
    const writes = Array.from({ length: 20 }, (_, position) => ({
      ...{ position, channel: 'a', type: 'empty', data: '' },
    }));
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((taskId) =>
        ada.put('/v1/checkpoints/writes', { ...place('1'), taskId, writes }),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([204, 413, 413, 413]);
    const sizes = `select sum(200 + 2 * octet_length(thread_id || namespace || checkpoint_id
        || task_id || task_path || channel || type))::int as bytes
      from threadkeep.checkpoint_write where user_id = $1`;
    const { bytes } = (await app.database.admin(sizes, [id])).rows[0] as { bytes: number };
    expect(bytes).toBeLessThanOrEqual(8_388_608);
  });
});

describe('a thread', () => {
  it('keeps writes that come before their checkpoint in an inner graph', async () => {
    const ada = newUser();
    const early = [{ channel: 'a', position: 0, ...packed('early') }];
    await put(ada, '1');
    await write(ada, '5', 'task', early, place('5', 'node:task-1'));
    await write(ada, '5', 'task', early, place('5', 'memory'));
    await put(ada, '6', { keep: 2 });
    await put(ada, '5', place('5', 'node:task-1'));
    await put(ada, '5', place('5', 'memory'));
    expect((await search(ada, { checkpointId: '5' })).map((one) => textsOf(one.writes))).toEqual([
      ['early'],
      ['early'],
    ]);
    await put(ada, '7', { keep: 1 });
    expect(await rows(ada, 'checkpoint_write')).toBe(1);
  });

  it('loses values that no checkpoint had when it is pruned by itself', async () => {
    const ada = newUser();
    await put(ada, '1', { channels: { a: '1' }, values: valuesOf({ 'a@1': 'x', 'b@1': 'y' }) });
    await put(ada, '2', { parentId: '1', channels: { a: '1' }, keep: 1 });
    expect(await rows(ada, 'checkpoint_value')).toBe(2);
    await ada.delete('/v1/checkpoints?threadId=trip&keep=1').expect(204);
    expect(textsOf((await search(ada))[0]!.values)).toEqual(['x']);
    expect(await rows(ada, 'checkpoint_value')).toBe(1);
  });

  it('that two users have is no thread of both: they are not merged', async () => {
    const [from, to] = [newUser(), newUser()];
    await put(from, '1');
    await put(to, '2');
    const idOf = async (who: Caller) =>
      ((await who.get('/v1/users/me').expect(200)).body as { id: string }).id;
    const path = `/v1/users/${await idOf(to)}/merge`;
    const body = { from: await idOf(from), onCollision: 'rename' };
    const answer = await app.service.post(path, body);
    expect(expectProblem(answer, 409, 'user.merge_collides')).toMatchObject({
      collisions: [{ table: 'checkpoint', count: 1, examples: ['trip'], canRename: false }],
    });
    await from.delete('/v1/checkpoints?threadId=trip').expect(204);
    await app.service.post(path, body).expect(202);
  });
});
