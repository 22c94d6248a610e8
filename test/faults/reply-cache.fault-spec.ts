// Of turns that ask the same at the same time in two processes that share a Redis, one calls the model.
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { CacheTiers } from '../../src/platform/cache/cache-tiers.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import {
  type ModelStandIn,
  type ScriptedAnswer,
  startModelStandIn,
} from '../support/model-stand-in.js';
import { RedisServer } from '../support/redis-server.js';
import { eventually } from '../support/wait.js';

const QUESTION = {
  messages: [{ role: 'user', content: 'When does it begin?' }],
  model: { provider: 'stand-in', name: 'a-model' },
  replyCache: { ttlSeconds: 600 },
};

interface Turn {
  id: string;
  conversationId: string;
  replyId: string;
  state: string;
  replyCache: { hit: boolean };
}

describe('two processes that share a Redis', () => {
  let redis: RedisServer;
  let standIn: ModelStandIn;
  let apps: [TestApp, TestApp];
  beforeAll(async () => {
    redis = await RedisServer.start();
    standIn = await startModelStandIn();
    const environment = { ...standIn.environment, REDIS_URL: redis.url };
    const one = await createTestApp(environment);
    apps = [one, await createTestApp(environment, one.database)];
  });
  afterAll(async () => {
    const [one, other] = apps;
    await other.app.close();
    await one.close();
    await standIn.close();
    await redis.stop();
  });
  beforeEach(() => standIn.forget());
  afterEach(() => void jest.restoreAllMocks());

  const begin = async (user: Caller): Promise<Turn> => {
    const { id } = (await user.post('/v1/conversations').expect(201)).body as { id: string };
    return (await user.post(`/v1/conversations/${id}/turns`, QUESTION).expect(202)).body as Turn;
  };
  const settled = async (user: Caller, { id, conversationId }: Turn): Promise<Turn> => {
    const path = `/v1/conversations/${conversationId}/turns/${id}`;
    let turn: Turn;
    await eventually(async () => {
      turn = (await user.get(path).expect(200)).body as Turn;
      return !['queued', 'running'].includes(turn.state);
    });
    return turn!;
  };
  const textOf = async (user: Caller, { conversationId, replyId }: Turn) =>
    (await user.get(`/v1/conversations/${conversationId}/messages/${replyId}`).expect(200)).body
      .content as string;

  /** Both ask; the second while the model has the question of the first. */
  async function askBoth(name: string, answer: ScriptedAnswer) {
    let open = () => {};
    const until = new Promise<void>((resolve) => (open = resolve));
    standIn.next({ ...answer, hold: { afterDeltas: 0, until } }, { text: ['Of the second.'] });
    const [one, other] = [apps[0].actingFor(name), apps[1].actingFor(name)];
    const first = await begin(one);
    await standIn.requested(1);
    const { leases } = apps[1].app.get(CacheTiers, { strict: false }).shared!;
    const waits = jest.spyOn(leases, 'ended');
    const second = await begin(other);
    await eventually(() => Promise.resolve(waits.mock.calls.length > 0));
    open();
    const ended = [await settled(one, first), await settled(other, second)];
    const texts = [await textOf(one, ended[0]!), await textOf(other, ended[1]!)];
    return { hits: ended.map(({ replyCache }) => replyCache?.hit), texts };
  }

  it('ask the model once, and give both the reply', async () => {
    expect(await askBoth('ada', { text: ['At noon.'] })).toEqual({
      hits: [false, true],
      texts: ['At noon.', 'At noon.'],
    });
    expect(standIn.requests).toHaveLength(1);
  });

  it('ask again when the first reply broke off', async () => {
    const { hits, texts } = await askBoth('bob', { text: ['At no'], finish: 'length' });
    expect({ hits, texts }).toEqual({ hits: [false, false], texts: ['At no', 'Of the second.'] });
    expect(standIn.requests).toHaveLength(2);
  });
});
