// A context of a running conversation is read together with the state that decides what has to be
// read. It must be the one that is built when the state is read first.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { assistant, chat, system, Talk, user } from '../support/talks.js';

let app: TestApp;
/** Another process, which has not built a context of the conversation before. */
let other: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  other = await createTestApp({}, app.database);
});
afterAll(async () => {
  await other.close();
  await app.close();
});

let users = 0;
let questions = 0;
const remember = (who: Caller, memory: object) => who.post('/v1/memories', memory).expect(201);

type Change = (who: Caller, talk: Talk, memoryId: string) => PromiseLike<unknown>;
const changes: [string, Change][] = [
  ['nothing', () => Promise.resolve()],
  ['a message', (_, talk) => talk.say(user('And what tea?'))],
  ['a system message', (_, talk) => talk.say(system('Be brief.'), ...chat(40))],
  ['a pinned message', (_, talk) => talk.say(assistant('Noted', { pinned: true }), ...chat(40))],
  ['a summary', (_, talk) => talk.summary(6, 'They talked about tea.')],
  ['a memory that is found', (who) => remember(who, { content: 'Green tea is best' })],
  ['a standing memory', (who) => remember(who, { content: 'Be kind', kind: 'instruction' })],
  ['a block', (who) => who.put('/v1/memory-blocks/persona', { content: 'Kind' }).expect(200)],
  ['an edit', (who, _, id) => who.patch(`/v1/memories/${id}`, { content: 'Hates tea' })],
  ['the only memory forgotten', (who, _, id) => who.delete(`/v1/memories/${id}`).expect(204)],
  [
    'an agent',
    async (who, talk) => {
      const { body } = await who
        .post('/v1/agent-configs', { name: 'kit', systemPrompt: 'You are Kit.' })
        .expect(201);
      await who.patch(talk.path, { agentConfigId: (body as { id: string }).id }).expect(200);
    },
  ],
];

describe('a context of a running conversation', () => {
  it.each(changes)('is the same as that of another process after %s', async (_, change) => {
    const name = `user-${users++}`;
    const who = app.actingFor(name);
    const { body } = await remember(who, { content: 'Likes black tea' });
    const talk = await Talk.start(who, [...chat(20), user('What tea do I like?')]);
    const ask = (of: Talk, query?: string) => of.context({ budgetTokens: 600, query });
    await ask(talk, `tea ${questions++}`);
    // An index that has just been built is brought up to date before a search.
    await sleep(1_100);
    await ask(talk, `tea ${questions++}`);
    await change(who, talk, (body as { id: string }).id);
    // One that was asked before is looked for in the cache first.
    for (const query of [`tea ${questions++}`, undefined, 'mountains']) {
      const running = await ask(talk, query);
      const cold = talk.as(other.actingFor(name));
      const first = await ask(cold, query);
      expect(running).toEqual({ ...first, manifestId: running.manifestId });
    }
  });

  it('is not found when the conversation was removed', async () => {
    const who = app.actingFor(`user-${users++}`);
    const talk = await Talk.start(who, chat(4));
    await talk.context();
    await who.delete(talk.path).expect(204);
    await talk.ask({ query: 'tea' }).expect(404);
  });
});

describe('a context of more than half a megabyte', () => {
  const long = 'all work and no play '.repeat(1_000);
  const budgetTokens = 400_000;

  it('has all messages that fit', async () => {
    const talk = await Talk.start(app.actingFor(`user-${users++}`));
    for (let n = 0; n < 4; n++)
      await talk.say(...Array.from({ length: 10 }, (_, i) => user(`${n}-${i} ${long}`)));
    for (const query of [undefined, 'play']) {
      const { manifest, omitted } = await talk.context({ budgetTokens, query });
      expect([manifest.messages.length, omitted.messages]).toEqual([40, 0]);
    }
  });

  it.each(['newest', 'older', 'pinned'])(
    'has the %s message, of more bytes than all others',
    async (which) => {
      const talk = await Talk.start(app.actingFor(`user-${users++}`));
      // Few tokens, and many bytes.
      const wide = user(
        `Hello${' '.repeat(600_000)}there`,
        which === 'pinned' ? { pinned: true } : {},
      );
      if (which === 'newest') await talk.say(...chat(20), wide);
      else await talk.say(wide, ...chat(which === 'older' ? 70 : 20));
      const seq = which === 'newest' ? 21 : 1;
      const more = which === 'pinned' ? { maxMessages: 3 } : {};
      for (const query of [undefined, 'play', 'work']) {
        const { manifest, messages } = await talk.context({ budgetTokens, query, ...more });
        const at = manifest.messages.findIndex((one) => one.seq === seq);
        // Not compared by `toEqual`, whose report of a difference takes minutes.
        expect(messages[at]?.['content'] === wide.content).toBe(true);
      }
    },
  );

  it('has all system messages that fit', async () => {
    const talk = await Talk.start(app.actingFor(`user-${users++}`));
    // Few tokens, and many bytes.
    const wide = `Be brief.${' '.repeat(20_000)}Be kind.`;
    await talk.say(...Array.from({ length: 20 }, (_, i) => system(`${i} ${wide}`)));
    for (let n = 0; n < 3; n++) await talk.say(...chat(100));
    for (const query of [undefined, 'play']) {
      const { manifest } = await talk.context({ budgetTokens: 10_000, query });
      const seqs = manifest.messages.map(({ seq }) => seq);
      expect(seqs.filter((seq) => seq <= 20)).toHaveLength(20);
      expect(seqs.at(-1)).toBe(320);
    }
  });
});
