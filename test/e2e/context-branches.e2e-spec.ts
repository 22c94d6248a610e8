// Contexts of a conversation with branches are those of a conversation that has only the messages
// which it shows.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ContextBuilder } from '../../src/context-window/context-builder.js';
import { ContextRequests } from '../../src/context-window/context-requests.js';
import { ContextStates } from '../../src/context-window/context-state.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { remember } from '../support/memories.js';
import { expectProblem } from '../support/problem.js';
import { Seeded } from '../support/seeded.js';
import {
  assistant,
  type Context,
  type Said,
  seqsOf,
  system,
  Talk,
  textsOf,
  user,
} from '../support/talks.js';

let app: TestApp;
let ada: Caller;
beforeAll(async () => {
  app = await createTestApp();
  ada = app.actingFor('ada');
});
afterAll(() => app.close());

interface Shown {
  id: string;
  seq: number;
  said: Said;
}

/** A conversation with branches, and what it should show. */
class Tree {
  shown: Shown[] = [];
  readonly all: Shown[] = [];
  private readonly paths = new Map<string, Shown[]>();

  private constructor(
    readonly talk: Talk,
    private readonly caller: Caller,
  ) {}

  static async start(said: Said[], caller = ada): Promise<Tree> {
    const tree = new Tree(await Talk.start(caller), caller);
    await tree.say(said);
    return tree;
  }

  /** Appends below the head, or below another message. */
  async say(messages: Said[], parentId?: string | null): Promise<void> {
    const body = { messages, ...(parentId === undefined ? {} : { parentId }) };
    const answer = await this.caller.post(`${this.talk.path}/messages`, body).expect(201);
    const { data } = answer.body as { data: { id: string; seq: number }[] };
    const before = parentId === undefined ? this.shown : this.pathTo(parentId);
    this.shown = [...before];
    data.forEach(({ id, seq }, i) => {
      const one = { id, seq, said: messages[i]! };
      this.shown.push(one);
      this.all.push(one);
      this.paths.set(id, [...this.shown]);
    });
  }

  async moveTo(messageId: string | null): Promise<void> {
    await this.caller.put(`${this.talk.path}/head`, { messageId }).expect(200);
    this.shown = [...this.pathTo(messageId)];
  }

  /** A conversation that was never anything but this path. */
  async twin(): Promise<Talk> {
    return Talk.start(
      this.caller,
      this.shown.map(({ said }) => said),
    );
  }

  private pathTo(id: string | null): Shown[] {
    return id === null ? [] : this.paths.get(id)!;
  }
}

/** The name of the fence is made of the conversation's id. */
const comparable = ({ system: voice, messages, tokens, omitted, prefixSha256 }: Context) =>
  JSON.parse(
    JSON.stringify({
      voice,
      messages,
      tokens,
      omitted: { ...omitted, explained: omitted.explained?.parts.length },
      hasPrefix: prefixSha256 !== null,
    }).replaceAll(/recalled-\d{8}/g, 'recalled'),
  ) as unknown;

const randomMessage = (random: () => number, n: number): Said => {
  const text = `${n}: ${'and so on '.repeat(Math.floor(random() * 20))}`;
  const kind = random();
  if (kind < 0.1) return system(text);
  if (kind < 0.2) return user(text, { pinned: true });
  return kind < 0.6 ? user(text) : assistant(text);
};

describe('the context of a conversation with branches', () => {
  it.each([1, 2, 3])(
    'equals that of a conversation without them, after any appends and moves (%i)',
    async (seed) => {
      const seeded = new Seeded(seed);
      const random = () => seeded.next();
      let n = 0;
      const some = (count: number) =>
        Array.from({ length: count }, () => randomMessage(random, ++n));
      const pick = <T>(items: T[]): T => seeded.pick(items);
      const tree = await Tree.start(some(12));
      for (let round = 0; round < 12; round++) {
        const where = random();
        const parent = where < 0.4 ? pick(tree.all).id : where < 0.45 ? null : undefined;
        await tree.say(some(1 + Math.floor(random() * 8)), parent);
        if (random() < 0.3) await tree.moveTo(pick(tree.all).id);
        // A turn begins with the user.
        await tree.say([user(`What of ${round}?`)]);
        const twin = await tree.twin();
        for (const budgetTokens of [150, 700, 100_000]) {
          const format = pick(['openai', 'anthropic', 'gemini']);
          const asked = { budgetTokens, format, explain: true };
          const [context, plain] = [await tree.talk.context(asked), await twin.context(asked)];
          expect(comparable(context)).toEqual(comparable(plain));
          expect(seqsOf(context)).toEqual(seqsOf(plain).map((seq) => tree.shown[seq - 1]!.seq));
          expect(context.manifest.lastSeq).toBe(tree.shown.at(-1)!.seq);
          const left = context.omitted.explained!.messages.flatMap(({ fromSeq, toSeq }) =>
            Array.from({ length: toSeq - fromSeq + 1 }, (_, i) => fromSeq + i),
          );
          const places = plain.omitted.explained!.messages.flatMap(({ fromSeq, toSeq }) =>
            Array.from({ length: toSeq - fromSeq + 1 }, (_, i) => fromSeq + i),
          );
          expect(left).toEqual(places.map((place) => tree.shown[place - 1]!.seq));
        }
      }
    },
    60_000,
  );

  it('changes with the head, and is cached for each', async () => {
    const tree = await Tree.start([user('Where?'), assistant('In Rome.')]);
    const [question, rome] = tree.all as [Shown, Shown];
    const first = await tree.talk.context();
    await tree.say([assistant('In Oslo.')], question.id);
    expect(textsOf(await tree.talk.context())).toEqual(['Where?', 'In Oslo.']);
    await tree.moveTo(rome.id);
    expect(textsOf(await tree.talk.context())).toEqual(textsOf(first));
    expect(textsOf(await tree.talk.context())).toEqual(['Where?', 'In Rome.']);
    await tree.moveTo(null);
    expect(await tree.talk.context()).toMatchObject({
      messages: [],
      manifest: { lastSeq: 0 },
      omitted: { messages: 0 },
    });
  });

  it('a context is reproduced with the same bytes after the head has moved', async () => {
    const tree = await Tree.start([system('Be kind.'), user('Where?'), assistant('In Rome.')]);
    await tree.say([assistant('In Oslo.'), user('When?')], tree.all[1]!.id);
    await tree.talk.summary(4, 'They settled on Oslo.');
    for (const budgetTokens of [40, 100_000]) {
      const text = await tree.talk.contextText({ budgetTokens });
      const { manifestId } = JSON.parse(text) as Context;
      await tree.moveTo(tree.all[2]!.id);
      await tree.say([user('And Milan?')]);
      expect((await tree.talk.repeat(manifestId).expect(200)).text).toBe(text);
      await tree.moveTo(tree.all[4]!.id);
    }
  });
});

describe('a branch that begins while a context is built', () => {
  it('is in the context', async () => {
    const { talk, all } = await Tree.start([user('Where?'), assistant('In Rome.')]);
    const [states, builder] = [app.app.get(ContextStates), app.app.get(ContextBuilder)];
    const asked = app.app.get(ContextRequests).read({ budgetTokens: 1_000 }).request;
    const { id } = (await ada.get('/v1/users/me').expect(200)).body as { id: string };
    const inScope = <T>(work: () => Promise<T>) => app.app.get(RequestContexts).runAsUser(id, work);
    const state = (await inScope(() => states.read(talk.id, []))).state!;
    const prepared = await inScope(() => builder.prepare(talk.id, asked, state, 1_000_000));
    await ada
      .post(`${talk.path}/messages`, { messages: [assistant('In Oslo.')], parentId: all[0]!.id })
      .expect(201);
    const text = await inScope(() => builder.build(prepared, state));
    expect(textsOf(JSON.parse(text!) as Context)).toEqual(['Where?', 'In Oslo.']);
  });
});

describe('the memories of a conversation with branches', () => {
  it("are those for the user's last message that is shown", async () => {
    const eve = app.actingFor('eve');
    for (const content of ['The bicycle of Eve is red.', 'Eve likes oolong tea best.'])
      await remember(eve, content);
    const tree = await Tree.start([user('Hello'), assistant('Good morning.')], eve);
    await tree.say([user('Which colour has my bicycle?')]);
    await tree.say([user('Which tea do I like?')], tree.all[1]!.id);
    const asked = { memories: { limit: 1 } };
    const memories = async () => JSON.stringify((await tree.talk.context(asked)).messages);
    expect(await memories()).toContain('oolong');
    await tree.moveTo(tree.all[2]!.id);
    expect(await memories()).toContain('is red');
    expect(await memories()).not.toContain('oolong');
  });
});

describe('a summary in a conversation with branches', () => {
  it('covers the path to its last message, and counts wherever that is shown', async () => {
    const tree = await Tree.start([user('1'), assistant('2'), user('3'), assistant('4')]);
    await tree.say([user('5'), assistant('6'), user('7')], tree.all[1]!.id);
    await tree.talk.summary(6, 'Five and six.');
    const twin = await tree.twin();
    await twin.summary(4, 'Five and six.');
    const asked = { budgetTokens: 120 };
    const context = await tree.talk.context(asked);
    expect(comparable(context)).toEqual(comparable(await twin.context(asked)));
    await tree.moveTo(tree.all[3]!.id);
    expect((await tree.talk.context(asked)).manifest.summaries).toEqual([]);
  });

  it('refuses a beginning on another branch, and a compaction that leaves a gap', async () => {
    const tree = await Tree.start([user('1'), assistant('2'), user('3')]);
    await tree.say([user('4'), assistant('5')], tree.all[0]!.id);
    const content = 'Some of it.';
    const across = await tree.talk.trySummary({ fromSeq: 2, toSeq: 5, content });
    expectProblem(across, 422, 'summary.invalid_range');
    expect(across.body).toMatchObject({ errors: [{ pointer: '/fromSeq' }] });
    const gap = await tree.talk.trySummary({ fromSeq: 5, toSeq: 5, content, compact: true });
    expectProblem(gap, 422, 'summary.leaves_gap');
    await tree.talk.summary(1, content, { compact: true });
    // On this path, 4 follows 1.
    await tree.talk.summary(5, content, { fromSeq: 4, compact: true });
    expect(textsOf(await tree.talk.context())).toHaveLength(1);
  });
});
