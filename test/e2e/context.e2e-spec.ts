// What a context includes: budgets, order, tool calls, parts; and which requests are refused.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { refusedByAnthropic, refusedByOpenAi } from '../support/provider-rules.js';
import { assistant, chat, PLENTY, seqsOf, system, Talk, textsOf, user } from '../support/talks.js';

let app: TestApp;
let ada: Caller;
beforeAll(async () => {
  app = await createTestApp();
  ada = app.actingFor('ada');
});
afterAll(() => app.close());

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** A text of which the middle is left out. */
const SHORTENED = /^long words [^]*\n\[\d+ tokens left out\]\n[^]*long words/;

describe('a context with a large budget', () => {
  it("a context is the conversation in OpenAI's form, and its manifest lists what went in", async () => {
    const talk = await Talk.start(ada, [system('Be kind.'), user('Hello'), assistant('Hi')]);
    const { body, headers } = await talk.ask().expect(200);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(body).toEqual({
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Hi' },
      ],
      tokens: expect.any(Number),
      manifestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      manifest: {
        conversationId: talk.id,
        format: 'openai',
        budgetTokens: PLENTY,
        lastSeq: 3,
        messages: [1, 2, 3].map((seq) => ({ seq, id: expect.any(String) })),
        summaries: [],
        sources: [],
        contentSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      prefixSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      cacheBreakpoints: [
        { in: 'messages', index: 0 },
        { in: 'messages', index: 2 },
      ],
      omitted: { messages: 0, summarised: 0, unfitting: 0, unpairedToolParts: 0, parts: [] },
      tokenEncoding: 'o200k_base',
    });
  });

  it('a context for Anthropic has its system messages apart', async () => {
    const talk = await Talk.start(ada, [system('Be kind.'), user('Hello'), assistant('Hi')]);
    const { system: blocks, messages } = await talk.context({ format: 'anthropic' });
    expect(blocks).toEqual([{ type: 'text', text: 'Be kind.' }]);
    expect(messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'Hi' }] },
    ]);
  });

  it('a context of an empty conversation is empty, in either format', async () => {
    const talk = await Talk.start(ada);
    const nothing = {
      messages: [],
      tokens: 0,
      omitted: { messages: 0, summarised: 0, unfitting: 0, unpairedToolParts: 0 },
    };
    expect(await talk.context()).toMatchObject(nothing);
    expect(await talk.context({ format: 'anthropic' })).toMatchObject(nothing);
  });

  it("a context has no message of another conversation, nor of another user's with the same id", async () => {
    const [talk] = [
      await Talk.start(ada, [user('mine')]),
      await Talk.start(ada, [user('elsewhere')]),
    ];
    const bobs = talk.as(app.actingFor('bob'));
    await bobs.caller
      .post(`${bobs.path}/messages?createIfMissing=true`, user('of Bob'))
      .expect(201);
    expect(textsOf(await talk.context())).toEqual(['mine']);
    expect(textsOf(await bobs.context())).toEqual(['of Bob']);
  });

  it('a context reads older messages than its first read took', async () => {
    const talk = await Talk.start(
      ada,
      Array.from({ length: 700 }, (_, i) => user(String(i + 1))),
    );
    // The first read takes fifty messages for a budget of a thousand tokens.
    const short = await talk.context({ budgetTokens: 1_000 });
    expect(seqsOf(short).length).toBeGreaterThan(50);
    expect(seqsOf(short).at(-1)).toBe(700);
    expect(seqsOf(await talk.context({ budgetTokens: 10_000 }))).toEqual(range(1, 700));
  });

  it('a message of almost four megabytes is sent, or shortened when it does not fit', async () => {
    const large = 'long words '.repeat(340_000);
    const talk = await Talk.start(ada, [user(large)]);
    await talk.say(user('short'));
    expect(textsOf(await talk.context({ budgetTokens: 2_000_000 }))).toEqual([large, 'short']);
    const context = await talk.context({ budgetTokens: 1_000 });
    expect(context).toMatchObject({
      messages: [{ content: expect.stringMatching(SHORTENED) as unknown }, { content: 'short' }],
      omitted: { messages: 0, parts: [{ kind: 'text', reason: 'shortened', count: 1 }] },
    });
    expect(context.tokens).toBeLessThanOrEqual(1_000);
  });

  it("the user's last message is sent whole, or the answer says what it needs", async () => {
    const talk = await Talk.start(ada, [...chat(4), user('long words '.repeat(2_000))]);
    const { body } = await talk.ask({ budgetTokens: 1_000 }).expect(422);
    const { code, neededTokens } = body as { code: string; neededTokens: number };
    expect(code).toBe('context.budget_too_small');
    expect((await talk.context({ budgetTokens: neededTokens })).messages).toHaveLength(1);
    const { messages } = await talk.context({ budgetTokens: 1_000, shortenLast: true });
    expect(messages.at(-1)).toMatchObject({
      role: 'user',
      content: expect.stringMatching(SHORTENED) as unknown,
    });
  });

  it.each([
    [
      'results of role tool',
      (id: string) => ({ role: 'tool', content: 'rain', metadata: { tool_call_id: id } }),
    ],
    [
      "results in a user's messages",
      (id: string) => user([{ type: 'tool_result', tool_use_id: id, content: 'rain' }]),
    ],
    [
      'last messages of the user with nothing to send',
      (id: string) =>
        id < 'c215'
          ? { role: 'tool', content: 'rain', metadata: { tool_call_id: id } }
          : user([{ type: 'unknown' }]),
    ],
  ])("the user's question goes with a window that is far behind it: %s", async (_, answer) => {
    const calls = range(101, 220).flatMap((n) => [
      assistant([{ type: 'tool_use', id: `c${n}`, name: 'weather', input: { city: 'Oslo' } }]),
      answer(`c${n}`),
    ]);
    const talk = await Talk.start(ada, [user('Will it rain?'), ...calls]);
    for (const format of ['openai', 'anthropic']) {
      const { messages } = await talk.context({ budgetTokens: 400, format });
      expect(JSON.stringify(messages[0])).toContain('Will it rain?');
    }
  });

  it('a large result is shortened, and what was asked before it stays', async () => {
    const talk = await Talk.start(ada, [
      user('read the file'),
      assistant([{ type: 'tool_use', id: 'c1', name: 'read', input: {} }]),
      { role: 'tool', content: 'long words '.repeat(3_000), metadata: { tool_call_id: 'c1' } },
    ]);
    const { messages, omitted } = await talk.context({ budgetTokens: 2_000, explain: true });
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
    expect(messages[2]!['content']).toMatch(SHORTENED);
    expect(omitted).toMatchObject({
      explained: { messages: [], parts: [{ seq: 3, kind: 'tool-result', reason: 'shortened' }] },
    });
  });
});

describe('a context with a budget larger than a process may hold', () => {
  /** A blank is one byte, and about a hundred blanks are one token. */
  const blanks = (bytes: number) => ' '.repeat(bytes);

  it('a context holds the newest messages of about sixteen megabytes, and counts the rest', async () => {
    const talk = await Talk.start(ada);
    for (let i = 0; i < 11; i++) await talk.say(user(blanks(4_000_000)));
    const { text } = await talk.ask({ budgetTokens: 100_000_000 }).expect(200);
    const { omitted } = JSON.parse(text) as { omitted: { messages: number } };
    expect(text.length).toBeLessThan(2.5 * 16 * 1024 * 1024);
    expect(omitted.messages).toBeGreaterThan(0);
  });

  it('a pinned message larger than the budget is not read, and hides no others', async () => {
    const talk = await Talk.start(ada, [user('Remember: tea.', { pinned: true })]);
    for (let i = 0; i < 3; i++)
      await talk.say(user('long words '.repeat(300_000), { pinned: true }));
    await talk.say(...chat(60), user('And?'));
    const context = await talk.context({ budgetTokens: 200 });
    expect([textsOf(context)[0], context.omitted.unfitting]).toEqual(['Remember: tea.', 3]);
  });
});

describe('a context with a small budget', () => {
  it('a context takes at most its budget, and sends the newest messages without a gap', async () => {
    const talk = await Talk.start(ada, chat(61));
    for (const budgetTokens of [70, 100, 333, 1_000, 2_000]) {
      for (const format of ['openai', 'anthropic']) {
        const context = await talk.context({ budgetTokens, format });
        const seqs = seqsOf(context);
        expect(context.tokens).toBeLessThanOrEqual(budgetTokens);
        expect(seqs).toEqual(range(62 - seqs.length, 61));
        expect(context.omitted).toEqual({
          messages: 61 - seqs.length,
          summarised: 0,
          unfitting: expect.any(Number),
          unpairedToolParts: 0,
          parts: [],
        });
      }
    }
  });

  it('leading system messages and pinned ones are sent before any other', async () => {
    const talk = await Talk.start(ada, [
      system('Be kind.'),
      ...chat(10),
      assistant('Remember: tea.', { pinned: true }),
      ...chat(80),
    ]);
    const context = await talk.context({ budgetTokens: 200 });
    expect(seqsOf(context).slice(0, 2)).toEqual([1, 12]);
    expect(context.messages.slice(0, 2)).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'assistant', content: 'Remember: tea.' },
    ]);
    expect(context.tokens).toBeLessThanOrEqual(200);
  });

  it('a pinned message is found among more system messages than are read', async () => {
    const notes = (count: number) => Array.from({ length: count }, (_, i) => system(`note ${i}`));
    const talk = await Talk.start(ada, [
      user('Hello'),
      ...notes(200),
      user('Remember: tea.', { pinned: true }),
      ...notes(200),
      user('And now?'),
    ]);
    expect(textsOf(await talk.context({ budgetTokens: 300 }))).toContain('Remember: tea.');
  });

  it('a context counts what should have stayed and did not fit', async () => {
    const talk = await Talk.start(ada, [
      system('rule '.repeat(200)),
      user('Hello'),
      user('pin '.repeat(200), { pinned: true }),
      user('And now?'),
    ]);
    const context = await talk.context({ budgetTokens: 50 });
    expect([textsOf(context), context.omitted.unfitting]).toEqual([['And now?'], 2]);
  });

  it('a context holds no more messages than requested, pinned ones included', async () => {
    const talk = await Talk.start(ada, [
      system('Be kind.'),
      user('pin', { pinned: true }),
      ...chat(20),
    ]);
    for (const maxMessages of [1, 2, 3, 10])
      expect(seqsOf(await talk.context({ maxMessages })).length).toBeLessThanOrEqual(maxMessages);
    expect(seqsOf(await talk.context({ maxMessages: 5 })).slice(0, 2)).toEqual([1, 2]);
  });

  it('a context begins with the same bytes in every turn while the window moves', async () => {
    const talk = await Talk.start(ada, [system('Be kind.'), ...chat(20)]);
    const hashes = new Set<string>();
    for (let turn = 0; turn < 12; turn++) {
      hashes.add((await talk.context({ budgetTokens: 400 })).prefixSha256);
      await talk.say(...chat(2));
    }
    expect(hashes.size).toBe(1);
  });
});

describe('the include field of a context', () => {
  it('a context includes every part by default', async () => {
    const talk = await Talk.start(ada, [
      system('Be kind.'),
      user('pin', { pinned: true }),
      ...chat(60),
    ]);
    await talk.summary(30, 'They talked.');
    const seqs = async (include?: string[]) => {
      const context = await talk.context({ budgetTokens: 600, ...(include && { include }) });
      return [
        seqsOf(context).includes(1),
        seqsOf(context).includes(2),
        context.manifest.summaries.length,
      ];
    };
    expect(await seqs()).toEqual([true, true, 1]);
    expect(await seqs(['system'])).toEqual([true, false, 0]);
    expect(await seqs(['pinned'])).toEqual([false, true, 0]);
    expect(await seqs(['summaries'])).toEqual([false, false, 1]);
    expect(await seqs([])).toEqual([false, false, 0]);
  });

  it('a context may include a part without contributions', async () => {
    const talk = await Talk.start(ada, [user('Hello')]);
    expect(
      textsOf(
        await talk.context({
          include: ['memories', 'blocks', 'agentConfig'],
          query: 'tea',
          memories: { limit: 3 },
        }),
      ),
    ).toEqual(['Hello']);
  });
});

describe('tool calls in a context', () => {
  const call = (id: string) =>
    assistant([
      { type: 'text', text: 'Let me see.' },
      { type: 'tool_call', id, name: 'weather', arguments: { city: 'Oslo' } },
    ]);
  const result = (id: string) => ({
    role: 'tool',
    content: [{ type: 'tool_result', tool_call_id: id, content: 'rain' }],
  });

  it("tool calls stand before their results, in each provider's form", async () => {
    const talk = await Talk.start(ada, [
      user('Weather?'),
      call('c1'),
      result('c1'),
      assistant('It rains.'),
    ]);
    expect((await talk.context()).messages.slice(1, 3)).toEqual([
      {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [
          {
            id: 'c1',
            type: 'function',
            function: { name: 'weather', arguments: '{"city":"Oslo"}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'rain' },
    ]);
    expect((await talk.context({ format: 'anthropic' })).messages.slice(1, 3)).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Let me see.' },
          { type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'Oslo' } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: 'rain' }] },
    ]);
  });

  it('tool calls without results are left out and counted', async () => {
    const talk = await Talk.start(ada, [user('Weather?'), call('c1'), result('c2'), user('Well?')]);
    const context = await talk.context();
    expect(context.omitted).toMatchObject({ messages: 1, unpairedToolParts: 2 });
    expect(textsOf(context)).toEqual(['Weather?', 'Let me see.', 'Well?']);
  });

  it('the budget never separates tool calls from their results', async () => {
    const turns = range(1, 30).flatMap((n) => [
      user(`Weather ${n}?`),
      call(`c${n}`),
      result(`c${n}`),
      assistant('It rains.'),
    ]);
    const talk = await Talk.start(ada, turns);
    for (let budgetTokens = 40; budgetTokens < 600; budgetTokens += 37) {
      expect(refusedByOpenAi((await talk.context({ budgetTokens })).messages)).toBeNull();
      const { messages } = await talk.context({ budgetTokens, format: 'anthropic' });
      expect(refusedByAnthropic(messages)).toBeNull();
    }
  });
});

describe('a request for a context', () => {
  it.each([
    ['a list', [], ['']],
    ['a budget of nothing', { budgetTokens: 0 }, ['/budgetTokens']],
    ['a budget in parts', { budgetTokens: 1.5 }, ['/budgetTokens']],
    ['a budget as a text', { budgetTokens: '100' }, ['/budgetTokens']],
    ['an unknown format', { budgetTokens: 1, format: 'morse' }, ['/format']],
    ['no messages at most', { budgetTokens: 1, maxMessages: 0 }, ['/maxMessages']],
    ['an empty question', { budgetTokens: 1, query: '' }, ['/query']],
    ['too many memories', { budgetTokens: 1, memories: { limit: 101 } }, ['/memories/limit']],
    ['an unknown part', { budgetTokens: 1, include: ['system', 'secrets'] }, ['/include']],
    ['a part twice', { budgetTokens: 1, include: ['system', 'system'] }, ['/include']],
    ['an unknown field', { budgetTokens: 1, userId: 'bob' }, ['/userId']],
    ['a manifest that is no id', { manifestId: 'last' }, ['/manifestId']],
    [
      'a manifest and a budget',
      { manifestId: '00000000-0000-7000-8000-000000000000', budgetTokens: 1 },
      ['/budgetTokens'],
    ],
  ])('a request with %s is refused, and names the fields', async (_, body, pointers) => {
    const talk = await Talk.start(ada);
    const { errors } = expectProblem(
      await ada.post(`${talk.path}/context`, body),
      422,
      'request.invalid_body',
    ) as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it('a context is 404 for a missing, foreign or deleted conversation, and works once that is restored', async () => {
    const talk = await Talk.start(ada, [user('Hello')]);
    const bob = app.actingFor('bob');
    for (const request of [
      talk.as(bob).ask(),
      ada.post('/v1/conversations/00000000-0000-7000-8000-0000000000ff/context', {
        budgetTokens: 1,
      }),
    ]) {
      expectProblem(await request, 404, 'conversation.not_found');
    }
    const { manifestId } = await talk.context();
    await ada.delete(talk.path).expect(204);
    expectProblem(await talk.ask(), 404, 'conversation.not_found');
    expectProblem(await talk.repeat(manifestId), 404, 'context.manifest_not_found');
    await ada.post(`${talk.path}/restore`).expect(200);
    expect(textsOf(await talk.context())).toEqual(['Hello']);
    await talk.repeat(manifestId).expect(200);
  });
});
