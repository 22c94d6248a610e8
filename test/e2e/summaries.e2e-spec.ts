// Summaries stand for messages that are left out; compactions take the place of messages for good.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { assistant, chat, type Context, seqsOf, system, Talk, user } from '../support/talks.js';
import { textsOf } from '../support/recalled-texts.js';

let app: TestApp;
let ada: Caller;
beforeAll(async () => {
  app = await createTestApp();
  ada = app.actingFor('ada');
});
afterAll(() => app.close());

const summariesIn = ({ manifest }: Context) => manifest.summaries.map(({ id }) => id);
const pointersOf = (problem: Record<string, unknown>) =>
  (problem['errors'] as { pointer: string }[]).map(({ pointer }) => pointer);

describe('a summary', () => {
  it('a created summary is returned with its tokens', async () => {
    const talk = await Talk.start(ada, chat(3));
    const { body } = await talk
      .trySummary({ fromSeq: 2, toSeq: 3, content: 'They talked.' })
      .expect(201);
    expect(body).toEqual({
      id: expect.any(String),
      conversationId: talk.id,
      fromSeq: 2,
      toSeq: 3,
      content: 'They talked.',
      tokenCount: expect.any(Number),
      compact: false,
      stale: false,
      source: null,
      createdAt: expect.any(String),
    });
    expect((body as { tokenCount: number }).tokenCount).toBeGreaterThan(8);
    expect((await talk.trySummary({ toSeq: 1, content: 'x' }).expect(201)).body).toMatchObject({
      fromSeq: 1,
      toSeq: 1,
    });
  });

  it.each([
    ['nothing', {}, ['/toSeq', '/content']],
    ['no text', { toSeq: 1, content: '' }, ['/content']],
    ['too long a text', { toSeq: 1, content: 'x'.repeat(65_537) }, ['/content']],
    ['a message before the first', { fromSeq: 0, toSeq: 1, content: 'x' }, ['/fromSeq']],
    ['an unknown field', { toSeq: 1, content: 'x', tokenCount: 1 }, ['/tokenCount']],
    [
      'a compaction that is neither true nor false',
      { toSeq: 1, content: 'x', compact: 'yes' },
      ['/compact'],
    ],
  ])('a summary of %s is refused, and names the fields', async (_, body, pointers) => {
    const talk = await Talk.start(ada, chat(3));
    expect(
      pointersOf(expectProblem(await talk.trySummary(body), 422, 'request.invalid_body')),
    ).toEqual(pointers);
  });

  it('a summary of messages that do not exist, or of a reversed range, is refused', async () => {
    const talk = await Talk.start(ada, chat(3));
    const late = expectProblem(
      await talk.trySummary({ toSeq: 4, content: 'x' }),
      422,
      'summary.invalid_range',
    );
    expect([late['lastSeq'], pointersOf(late)]).toEqual([3, ['/toSeq']]);
    const early = expectProblem(
      await talk.trySummary({ fromSeq: 3, toSeq: 2, content: 'x' }),
      422,
      'summary.invalid_range',
    );
    expect(pointersOf(early)).toEqual(['/fromSeq']);
    expect((await talk.caller.get(`${talk.path}/summaries`).expect(200)).body.data).toEqual([]);
  });

  it('a summary of a missing, deleted or foreign conversation is refused', async () => {
    const talk = await Talk.start(ada, chat(3));
    const bobs = talk.as(app.actingFor('bob'));
    const summaryId = await talk.summary(1, 'x');
    const refused = async () => {
      expectProblem(
        await bobs.trySummary({ toSeq: 1, content: 'x' }),
        404,
        'conversation.not_found',
      );
      expectProblem(await bobs.caller.get(`${talk.path}/summaries`), 404, 'conversation.not_found');
      expectProblem(await bobs.removeSummary(summaryId), 404, 'summary.not_found');
    };
    await refused();
    await bobs.caller
      .post(`${talk.path}/messages?createIfMissing=true`, user('of Bob'))
      .expect(201);
    expectProblem(await bobs.removeSummary(summaryId), 404, 'summary.not_found');
    expect((await bobs.caller.get(`${talk.path}/summaries`).expect(200)).body.data).toEqual([]);
    await ada.delete(talk.path).expect(204);
    expectProblem(await talk.trySummary({ toSeq: 1, content: 'x' }), 404, 'conversation.not_found');
    expectProblem(await ada.get(`${talk.path}/summaries`), 404, 'conversation.not_found');
    expectProblem(await talk.removeSummary(summaryId), 404, 'summary.not_found');
    await ada.post(`${talk.path}/restore`).expect(200);
    await talk.removeSummary(summaryId).expect(204);
  });

  it('summaries are listed by conversation, those of the newest messages first, until they are deleted', async () => {
    const [talk, other] = [await Talk.start(ada, chat(9)), await Talk.start(ada, chat(9))];
    await other.summary(9, 'elsewhere');
    const ids = [
      await talk.summary(3, 'a'),
      await talk.summary(9, 'c', { fromSeq: 4 }),
      await talk.summary(6, 'b'),
    ];
    const listed = async (query = '') =>
      (
        (await ada.get(`${talk.path}/summaries${query}`).expect(200)).body as {
          data: { id: string }[];
        }
      ).data.map(({ id }) => id);
    expect(await listed()).toEqual([ids[1], ids[2], ids[0]]);
    expect(await listed('?sort=toSeq&limit=1')).toEqual([ids[0]]);
    expect(await listed('?filter[fromSeq]=4')).toEqual([ids[1]]);
    await talk.removeSummary(ids[2]!).expect(204);
    expectProblem(await talk.removeSummary(ids[2]!), 404, 'summary.not_found');
    expectProblem(await other.removeSummary(ids[1]!), 404, 'summary.not_found');
    expect(await listed()).toEqual([ids[1], ids[0]]);
  });

  it('a summary changes neither version nor ETag of its conversation', async () => {
    const talk = await Talk.start(ada, chat(3));
    const before = await ada.get(talk.path).expect(200);
    await talk.summary(2, 'x', { compact: true });
    const after = await ada.get(talk.path).expect(200);
    expect([after.body, after.headers['etag']]).toEqual([before.body, before.headers['etag']]);
    expect(after.body).not.toHaveProperty('contextVersion');
  });
});

describe('a context of a conversation with summaries', () => {
  it('a context has summaries of messages that are left out, and no others', async () => {
    const talk = await Talk.start(ada, chat(60));
    const summaryId = await talk.summary(40, 'They talked of tea.');
    const short = await talk.context({ budgetTokens: 700 });
    expect([short.messages[0]!.role, short.messages[0]!['content']]).toEqual([
      'user',
      expect.stringMatching(
        /\n<summary messages="1-40" time="[-0-9T:.]+Z" [^<>]+>They talked of tea.<\/summary>\n/,
      ),
    ]);
    expect(summariesIn(short)).toEqual([summaryId]);
    expect(short.omitted).toMatchObject({
      messages: 60 - seqsOf(short).length,
      summarised: 40 - seqsOf(short).filter((seq) => seq <= 40).length,
    });
    expect(short.tokens).toBeLessThanOrEqual(700);
    expect(summariesIn(await talk.context())).toEqual([]);
  });

  it('a context has the summaries that together cover most, oldest first', async () => {
    const talk = await Talk.start(ada, chat(80));
    const ids = [
      await talk.summary(10, 'first'),
      await talk.summary(30, 'second', { fromSeq: 11 }),
      await talk.summary(20, 'within', { fromSeq: 15 }),
    ];
    expect(summariesIn(await talk.context({ budgetTokens: 700 }))).toEqual(ids.slice(0, 2));
  });

  it('a context has a summary as soon as it exists, and not once it is deleted', async () => {
    const talk = await Talk.start(ada, chat(60));
    expect(summariesIn(await talk.context({ budgetTokens: 700 }))).toEqual([]);
    const summaryId = await talk.summary(40, 'They talked.');
    expect(summariesIn(await talk.context({ budgetTokens: 700 }))).toEqual([summaryId]);
    await talk.removeSummary(summaryId).expect(204);
    expect(summariesIn(await talk.context({ budgetTokens: 700 }))).toEqual([]);
  });
});

describe('a compaction', () => {
  it('a compaction replaces the messages up to its end, also when they would fit', async () => {
    const talk = await Talk.start(ada, [
      system('Be kind.'),
      ...chat(6),
      user('pin', { pinned: true }),
      ...chat(4),
    ]);
    const summaryId = await talk.summary(9, 'They talked.', { compact: true });
    const context = await talk.context();
    expect(seqsOf(context)).toEqual([1, 8, 10, 11, 12]);
    expect(summariesIn(context)).toEqual([summaryId]);
    expect(textsOf(context).slice(0, 3)).toEqual(['Be kind.', 'pin', 'They talked.']);
    expect(context.omitted).toMatchObject({ messages: 7, summarised: 7 });
    await talk.removeSummary(summaryId).expect(204);
    expect(seqsOf(await talk.context())).toHaveLength(12);
  });

  it('a compaction is in the prefix, which then stays the same', async () => {
    const talk = await Talk.start(ada, [system('Be kind.'), ...chat(20)]);
    const prefix = async () =>
      (await talk.context({ format: 'anthropic', budgetTokens: 400 })).prefixSha256;
    const before = await prefix();
    await talk.summary(9, 'They talked.', { compact: true });
    const after = await prefix();
    await talk.say(...chat(8));
    expect([after === before, await prefix()]).toEqual([false, after]);
  });

  it('a compaction must follow the one before it without a gap', async () => {
    const talk = await Talk.start(ada, chat(30));
    const compact = (fromSeq: number, toSeq: number) =>
      talk.trySummary({ fromSeq, toSeq, content: 'x', compact: true });
    expect(pointersOf(expectProblem(await compact(2, 10), 422, 'summary.leaves_gap'))).toEqual([
      '/fromSeq',
    ]);
    await compact(1, 10).expect(201);
    expectProblem(await compact(12, 20), 422, 'summary.leaves_gap');
    await compact(11, 20).expect(201);
    await compact(15, 25).expect(201);
    expect(seqsOf(await talk.context())).toEqual([26, 27, 28, 29, 30]);
  });

  it('deleting a compaction drops the later ones, so that every message is sent or summarised', async () => {
    const talk = await Talk.start(ada, chat(30));
    const first = await talk.summary(10, 'first', { compact: true });
    await talk.summary(20, 'second', { fromSeq: 11, compact: true });
    await talk.removeSummary(first).expect(204);
    expect(seqsOf(await talk.context())).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expectProblem(
      await talk.trySummary({ fromSeq: 21, toSeq: 25, content: 'x', compact: true }),
      422,
      'summary.leaves_gap',
    );
    await talk.summary(10, 'first again', { compact: true });
    expect(seqsOf(await talk.context())).toEqual(Array.from({ length: 10 }, (_, i) => i + 21));
  });

  it('a compaction hides no messages from a request without summaries', async () => {
    const talk = await Talk.start(ada, chat(10));
    await talk.summary(10, 'x', { compact: true });
    expect(seqsOf(await talk.context({ include: ['system', 'pinned'] }))).toHaveLength(10);
    expect((await talk.context()).messages).toHaveLength(1);
  });

  it('a compaction keeps no tool call apart from its result', async () => {
    const call = assistant([{ type: 'tool_call', id: 'c1', name: 'weather', arguments: {} }]);
    const talk = await Talk.start(ada, [
      user('Weather?'),
      call,
      { role: 'tool', content: [{ type: 'tool_result', tool_call_id: 'c1', content: 'rain' }] },
      user('And?'),
    ]);
    await talk.summary(2, 'They asked.', { compact: true });
    const context = await talk.context();
    expect([seqsOf(context), context.omitted.unpairedToolParts]).toEqual([[4], 1]);
  });

  it('concurrent compactions leave no gap', async () => {
    const talk = await Talk.start(ada, chat(40));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        talk.trySummary({ fromSeq: 2 * i + 1, toSeq: 2 * i + 2, content: 'x', compact: true }),
      ),
    );
    expect(answers.every(({ status }) => status === 201 || status === 422)).toBe(true);
    const context = await talk.context();
    expect(
      new Set([
        ...seqsOf(context),
        ...context.manifest.summaries.flatMap((one) => {
          const { fromSeq, toSeq } = one as unknown as { fromSeq: number; toSeq: number };
          return [fromSeq, toSeq];
        }),
      ]).size,
    ).toBe(40);
  });
});
