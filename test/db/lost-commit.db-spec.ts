import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase, statement } from '../../src/platform/database/index.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { type Fault, injectFaults } from '../support/faulty-client.js';
import { eventually } from '../support/wait.js';

const ADA = uuidv7();
const INSERT = statement(
  'test.insert',
  'insert into threadkeep.conversation (user_id, id) values ($1, $2)',
);

describe('a transaction whose connection breaks', () => {
  let app: TestApp;
  let database: ScopedDatabase;
  let stop: () => void = () => undefined;
  beforeAll(async () => {
    // What a user keeps would be counted in the background, in a transaction that could be the one that breaks.
    app = await createTestApp({ QUOTA_CONVERSATIONS: '0', QUOTA_ANSWER_BYTES: '0' });
    database = app.app.get(ScopedDatabase);
    await app.database.admin(
      `insert into threadkeep.app_user (id, external_id) values ($1, 'ada')`,
      [ADA],
    );
  });
  afterEach(async () => {
    stop();
    await app.database.admin('delete from threadkeep.conversation');
  });
  afterAll(() => app.close());

  /** Breaks the first call with such a text. */
  const breakAt = (wanted: string, fault: Fault) => {
    let broken = 0;
    ({ stop } = injectFaults((text) =>
      text.toLowerCase().includes(wanted) && broken++ === 0 ? fault : null,
    ));
  };
  const rows = async () =>
    (await app.database.admin('select from threadkeep.conversation')).rowCount;
  async function insert(options = {}): Promise<{ begun: number; outcome: unknown }> {
    let begun = 0;
    const work = () =>
      database.transaction(() => (begun++, database.write(INSERT, [ADA, uuidv7()])), options);
    const outcome = await app.app
      .get(RequestContexts)
      .runAsUser(ADA, work)
      .then(
        () => 'committed',
        (error: { code?: string }) => error.code,
      );
    return { begun, outcome };
  }

  it.each<[string, Fault, number]>([
    ['start transaction', 'broken', 1],
    ['start transaction', 'lost', 1],
    ['insert into', 'broken', 2],
    ['insert into', 'lost', 2],
  ])('at its "%s" (%s) is run again, and done once', async (text, fault, begun) => {
    breakAt(text, fault);
    expect(await insert()).toEqual({ begun, outcome: 'committed' });
    expect(await rows()).toBe(1);
  });

  it.each<[Fault, number]>([
    ['lost', 1],
    ['broken', 0],
  ])(
    'so that there is no answer to its commit (%s) is not run again: nobody knows whether it was committed',
    async (fault, committed) => {
      breakAt('commit', fault);
      expect(await insert()).toEqual({ begun: 1, outcome: '08007' });
      // The server may still be committing when the connection is gone.
      await eventually(async () => ((await rows()) ?? 0) >= committed);
      expect(await rows()).toBe(committed);
    },
  );

  it('is run again after that when it says that this does no harm, or only reads', async () => {
    breakAt('commit', 'lost');
    expect(await insert({ idempotent: true })).toEqual({ begun: 2, outcome: 'committed' });
    breakAt('commit', 'lost');
    const read = () => database.transaction(() => Promise.resolve('read'), { readOnly: true });
    expect(await app.app.get(RequestContexts).runAsUser(ADA, read)).toBe('read');
  });

  it('that was committed is answered 503, and under an Idempotency-Key as it would have been', async () => {
    const conversation = { title: 'once' };
    const ada = app.actingFor('ada');
    breakAt('commit', 'lost');
    const answer = await ada
      .with({ 'idempotency-key': 'lost' })
      .post('/v1/conversations', conversation);
    expect(answer.status).toBe(201);
    expect(answer.headers['idempotent-replayed']).toBe('true');
    expect(await rows()).toBe(1);
    stop();
    // The first write of a new user is a transaction too.
    breakAt('commit', 'lost');
    const refused = await app.actingFor('eve').post('/v1/conversations', conversation);
    expectProblem(refused, 503, 'server.unavailable');
    expect(refused.headers['retry-after']).toBe('1');
    expect(await rows()).toBe(2);
  });
});
