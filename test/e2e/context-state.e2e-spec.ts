// The state of a user's memories, which decides whether a cached context still holds: it changes
// with each write, and at the moment when a time of a memory passes.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { textsOf } from '../support/recalled-texts.js';
import { chat, Talk, user } from '../support/talks.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

let users = 0;
const newUser = (): Caller => app.actingFor(`user-${users++}`);

/** The manifest's id shows whether a context was built anew. */
const built = async (talk: Talk) => (await talk.context()).manifestId;

const remember = async (who: Caller, memory: object): Promise<string> =>
  ((await who.post('/v1/memories', memory).expect(201)).body as { id: string }).id;

const inTime = (milliseconds: number) => new Date(Date.now() + milliseconds).toISOString();

describe('a cached context', () => {
  const writes: [string, (who: Caller, id: string) => PromiseLike<unknown>][] = [
    ['creating a memory', (who) => remember(who, { content: 'Likes figs' })],
    ['editing a memory', (who, id) => who.patch(`/v1/memories/${id}`, { content: 'Likes nuts' })],
    ['forgetting a memory', (who, id) => who.delete(`/v1/memories/${id}`)],
    ['purging a memory', (who, id) => who.delete(`/v1/memories/${id}?purge=true`)],
    ['creating a block', (who) => who.put('/v1/memory-blocks/persona', { content: 'Kind' })],
  ];

  it.each(writes)('is built anew after %s', async (_, write) => {
    const who = newUser();
    const id = await remember(who, { content: 'Likes tea' });
    const talk = await Talk.start(who, chat(4));
    const before = await built(talk);
    expect(await built(talk)).toBe(before);
    await write(who, id);
    expect(await built(talk)).not.toBe(before);
  });

  it.each([
    ['becomes valid', { validFrom: 700 }, [false, true]],
    ['stops being valid', { validTo: 700 }, [true, false]],
    ['expires', { expiresAt: 700 }, [true, false]],
  ])('changes at the moment when a memory %s', async (_, times, shown) => {
    const who = newUser();
    const talk = await Talk.start(who, [user('What tea?')]);
    const given = Object.fromEntries(
      Object.entries(times).map(([name, after]) => [name, inTime(after)]),
    );
    await remember(who, { content: 'Likes black tea', ...given });
    const shows = async () => textsOf(await talk.context()).includes('Likes black tea');
    expect(await shows()).toBe(shown[0]);
    await sleep(750);
    expect(await shows()).toBe(shown[1]);
  });

  it('changes each time when several memories expire one after the other', async () => {
    const who = newUser();
    const talk = await Talk.start(who, [user('What tea?')]);
    for (const n of [1, 2, 3])
      await remember(who, { content: `Likes tea number ${n}`, expiresAt: inTime(400 + 400 * n) });
    const left = async () => textsOf(await talk.context()).length - 1;
    const seen = new Set([await left()]);
    for (let n = 0; n < 20 && !seen.has(0); n++) {
      await sleep(100);
      seen.add(await left());
    }
    expect([...seen]).toEqual([3, 2, 1, 0]);
  });
});
