// The cache is never stale: a context has everything that was written before the request, in any
// process.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ContextService } from '../../src/context-window/context.service.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { assistant, chat, type Context, PLENTY, Talk, textsOf, user } from '../support/talks.js';
import { bearer } from '../support/tenants.js';
import { inParallel, Wire } from '../support/wire.js';

const MANY = 200;

let app: TestApp;
let second: TestApp;
let ada: Caller;
let url: string;
beforeAll(async () => {
  app = await createTestApp();
  second = await createTestApp({}, app.database);
  ada = app.actingFor('ada');
  await ada.get('/v1/conversations').expect(200);
  url = await app.listen();
});
afterAll(async () => {
  await second.close();
  await app.close();
});

const manifestsOf = async ({ id }: Talk) =>
  (
    await app.database.admin('select from threadkeep.context_manifest where conversation_id = $1', [
      id,
    ])
  ).rowCount!;
const builds = async () =>
  Number(
    /^threadkeep_cache_requests_total\{kind="context",result="build"\} (\d+)$/m.exec(
      (await app.service.get('/metrics').expect(200)).text,
    )?.[1] ?? 0,
  );
/** The same user's conversation, requested from the other process. */
const elsewhere = (talk: Talk) => talk.as(second.actingFor('ada'));

describe('a repeated request for a context', () => {
  it('an unchanged context is answered from the cache, without another manifest', async () => {
    const talk = await Talk.start(ada, chat(10));
    const [first, again] = [await talk.contextText(), await talk.contextText()];
    expect(again).toBe(first);
    expect(await manifestsOf(talk)).toBe(1);
    await talk.contextText({
      format: 'openai',
      include: ['agentConfig', 'pinned', 'system', 'memories', 'blocks', 'summaries'],
    });
    expect(await manifestsOf(talk)).toBe(1);
  });

  it.each([
    ['budget', { budgetTokens: PLENTY - 1 }],
    ['format', { format: 'anthropic' }],
    ['number of messages', { maxMessages: 9 }],
    ['parts', { include: ['system'] }],
    ['question', { query: 'tea' }],
    ['memories', { memories: { limit: 1 } }],
  ])('a context is built anew for another %s', async (_, body) => {
    const talk = await Talk.start(ada, chat(10));
    const first = await talk.context();
    expect((await talk.context(body)).manifestId).not.toBe(first.manifestId);
  });

  it(`a context is built once for ${MANY} concurrent requests`, async () => {
    const talk = await Talk.start(ada, chat(400));
    const before = await builds();
    const wire = new Wire(url);
    const answers = new Set<string>();
    const ask = async () =>
      void answers.add(
        (
          await wire.json(
            'POST',
            `${talk.path}/context`,
            { ...bearer(app.serviceKey), 'threadkeep-user': 'ada' },
            { budgetTokens: PLENTY },
          )
        ).text,
      );
    await Promise.all(Array.from({ length: MANY }, ask));
    wire.close();
    expect([answers.size, await manifestsOf(talk), (await builds()) - before]).toEqual([1, 1, 1]);
  });
});

describe('a context after a write', () => {
  it('a context has the message after each of many appends, in both processes', async () => {
    const talk = await Talk.start(ada);
    const other = elsewhere(talk);
    for (let n = 1; n <= 40; n++) {
      await (n % 3 === 0 ? other : talk).say(user(`message ${n}`));
      for (const reader of [talk, other]) {
        const context = await reader.context();
        expect([context.manifest.lastSeq, textsOf(context).at(-1)]).toEqual([n, `message ${n}`]);
      }
    }
  });

  it('a context has what each of many concurrent writers wrote', async () => {
    const talks = await Promise.all([1, 2, 3].map(() => Talk.start(ada)));
    const missing: string[] = [];
    await inParallel(
      Array.from({ length: 24 }, (_, i) => i),
      8,
      async (writer) => {
        const talk = talks[writer % 3]!;
        const [write, read] = writer % 2 ? [talk, elsewhere(talk)] : [elsewhere(talk), talk];
        for (let n = 0; n < 5; n++) {
          const text = `writer ${writer} message ${n}`;
          await write.say(user(text));
          if (!textsOf(await read.context()).includes(text)) missing.push(text);
        }
      },
    );
    expect(missing).toEqual([]);
  });

  it('a context knows a summary that was created or deleted in the other process', async () => {
    const talk = await Talk.start(ada, chat(60));
    const other = elsewhere(talk);
    const summaries = async () =>
      (await talk.context({ budgetTokens: 600 })).manifest.summaries.length;
    expect(await summaries()).toBe(0);
    const summaryId = await other.summary(40, 'They talked.');
    expect(await summaries()).toBe(1);
    await other.removeSummary(summaryId).expect(204);
    expect(await summaries()).toBe(0);
  });

  it('a context has nothing of a purged conversation that had the same id and as many messages', async () => {
    const talk = await Talk.start(ada, [user('a secret'), assistant('Noted.')]);
    expect(textsOf(await talk.context())).toEqual(['a secret', 'Noted.']);
    await ada.delete(`${talk.path}?purge=true`).expect(200);
    expectProblem(await talk.ask(), 404, 'conversation.not_found');
    await ada
      .post(`${talk.path}/messages?createIfMissing=true`, {
        messages: [user('Hello'), assistant('Hi')],
      })
      .expect(201);
    const context = await talk.context();
    expect(textsOf(context)).toEqual(['Hello', 'Hi']);
    await talk.repeat(context.manifestId).expect(200);
  });
});

describe('a context with an Idempotency-Key', () => {
  it('a replayed context has the same bytes, and its manifest exists', async () => {
    const talk = await Talk.start(ada, [user('Hello \u2028 "é漢👍"'), assistant('Hi')]);
    const once = talk.as(ada.with({ 'idempotency-key': 'context-1' }));
    const first = await once.ask().expect(200);
    await talk.say(user('more'));
    const again = await once.ask().expect(200);
    expect([
      again.text,
      again.headers['content-type'],
      again.headers['idempotent-replayed'],
    ]).toEqual([first.text, first.headers['content-type'], 'true']);
    expect((await talk.repeat((first.body as Context).manifestId).expect(200)).text).toBe(
      first.text,
    );
  });

  it('a context is not cached before its commit, and not after a rollback', async () => {
    const talk = await Talk.start(ada, [user('Hello')]);
    const { body: me } = await ada.get('/v1/users/me').expect(200);
    const contexts = app.app.get(ContextService);
    let lost = '';
    const unit = app.app.get(RequestContexts).runAsUser((me as { id: string }).id, () =>
      app.app.get(ScopedDatabase).transaction(async () => {
        lost = (JSON.parse(await contexts.build(talk.id, { budgetTokens: PLENTY })) as Context)
          .manifestId;
        throw new Error('never mind');
      }),
    );
    await expect(unit).rejects.toThrow('never mind');
    expectProblem(await talk.repeat(lost), 404, 'context.manifest_not_found');
    const { manifestId } = await talk.context();
    expect(manifestId).not.toBe(lost);
    await talk.repeat(manifestId).expect(200);
  });

  it('a context has what was written before it, in any race of keys', async () => {
    const talk = await Talk.start(ada);
    for (let n = 1; n <= 10; n++) {
      await talk.say(user(`message ${n}`));
      const answers = await Promise.all(
        [0, 1, 2].map((i) =>
          talk.as(ada.with({ 'idempotency-key': `race-${talk.id}-${n}-${i % 2}` })).ask(),
        ),
      );
      for (const { status, body } of answers) {
        if (status === 200) expect((body as Context).manifest.lastSeq).toBe(n);
        else
          expect([status, (body as { code: string }).code]).toEqual([409, 'idempotency.in_flight']);
      }
    }
  });
});
