// Streams of turns and of conversations in two processes on one database: what a viewer sees, how it goes on
// after a cut, and what ends a stream.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { Seeded } from '../support/seeded.js';
import { eventsIn, gate, type StreamEvent, Talk, textOf } from '../support/talk.js';
import { eventually } from '../support/wait.js';

const STREAMS_PER_USER = 3;
const CUTS = 200;

let standIn: ModelStandIn;
let database: TestDatabase;
let one: TestApp;
let two: TestApp;
beforeAll(async () => {
  [standIn, database] = [await startModelStandIn(), await createTestDatabase()];
  const settings = { ...standIn.environment, STREAMS_PER_USER: String(STREAMS_PER_USER) };
  one = await createTestApp(settings, database);
  two = await createTestApp(settings, database);
  for (const { listen } of [one, two]) await listen();
});
afterAll(async () => {
  await Promise.all([one?.close(), two?.close()]);
  await database?.drop();
  await standIn?.close();
});

interface Message {
  id: string;
  seq: number;
  content: unknown;
  [name: string]: unknown;
}

/** A stream that is read while it goes on. */
class Viewer {
  text = '';
  status = 0;
  isOver = false;
  private readonly abort = new AbortController();

  /** @param path of the API */
  static async open(
    api: TestApp,
    path: string,
    headers: Record<string, string>,
    lastEventId?: string,
  ): Promise<Viewer> {
    const viewer = new Viewer();
    const answer = await fetch(`${await api.app.getUrl()}${path}`, {
      headers: { ...headers, ...(lastEventId ? { 'last-event-id': lastEventId } : {}) },
      signal: viewer.abort.signal,
    });
    viewer.status = answer.status;
    void viewer.read(answer);
    return viewer;
  }

  get events(): StreamEvent[] {
    return eventsIn(this.text);
  }

  /** The data of the events of one kind. */
  of = (kind: string): Record<string, unknown>[] =>
    this.events
      .filter(({ event }) => event === kind)
      .map(({ data }) => JSON.parse(data) as Record<string, unknown>);

  close = () => this.abort.abort();
  ended = () => eventually(async () => this.isOver);

  private async read(answer: Response): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of answer.body ?? [])
        this.text += decoder.decode(chunk as Uint8Array, { stream: true });
    } catch {
      // Closed by the test.
    }
    this.isOver = true;
  }
}

/** What a client has of a conversation that applies events as they come. */
class Copy {
  readonly messages = new Map<number, Message>();
  readonly turns = new Map<unknown, unknown>();
  head: unknown = null;

  apply({ event, data: text }: StreamEvent): void {
    const data = JSON.parse(text) as Message;
    if (event === 'message') this.messages.set(data.seq, data);
    else if (event === 'turn') this.turns.set(data.id, data['state']);
    else if (event === 'head') this.head = data.seq;
    else if (event === 'delta') {
      const message = this.messages.get(data.seq)!;
      message.content = (message.content as string) + (data['text'] as string);
    }
  }

  get texts(): unknown[] {
    return [...this.messages].sort(([a], [b]) => a - b).map(([, { content }]) => content);
  }
}

describe('a turn that another process runs', () => {
  it('is seen as it is stored', async () => {
    const talk = await Talk.begin(one);
    const hold = gate();
    standIn.next({ text: ['Half', ' whole'], hold: { afterDeltas: 1, until: hold.until } });
    const turn = await talk.turn('Say it');
    const viewer = await Viewer.open(
      two,
      `${talk.path}/turns/${turn.id}/events`,
      talk.user.headers,
    );
    await eventually(async () => textOf(viewer.events) === 'Half');
    hold.open();
    await viewer.ended();
    expect(textOf(viewer.events)).toBe('Half whole');
    expect(viewer.of('turn').at(-1)).toMatchObject({ state: 'completed' });
  });

  it('ends when it is cancelled there, long before its lease is renewed', async () => {
    const talk = await Talk.begin(one);
    const hold = gate();
    standIn.next({ text: ['Half', ' whole'], hold: { afterDeltas: 1, until: hold.until } });
    const turn = await talk.turn('Say it');
    const viewer = await Viewer.open(
      two,
      `${talk.path}/turns/${turn.id}/events`,
      talk.user.headers,
    );
    await eventually(async () => textOf(viewer.events) === 'Half');
    const renewals = two.actingFor('ada');
    await renewals.post(`${talk.path}/turns/${turn.id}/cancel`).expect(202);
    expect(await talk.settled(turn)).toMatchObject({ state: 'cancelled' });
    await viewer.ended();
    hold.open();
  });
});

describe('a stream of a conversation', () => {
  it('has messages, what is added to them, turns and the head, from another process', async () => {
    const talk = await Talk.begin(one);
    const viewer = await Viewer.open(two, `${talk.path}/events`, talk.user.headers);
    await eventually(async () => viewer.of('head').length > 0);
    await talk.user.post(`${talk.path}/messages`, { role: 'user', content: 'Hi' }).expect(201);
    await eventually(async () => viewer.of('message').length === 1);
    const hold = gate();
    standIn.next({ text: ['At', ' the märket 😀.'], hold: { afterDeltas: 1, until: hold.until } });
    const turn = await talk.turn('Where?');
    const queued = await talk.turn('And then?', { whenBusy: 'queue' });
    await eventually(async () => viewer.of('delta').some(({ text }) => text === 'At'));
    hold.open();
    await talk.settled(queued);
    const copy = () => {
      const made = new Copy();
      for (const event of viewer.events) made.apply(event);
      return made;
    };
    await eventually(async () => copy().turns.get(queued.id) === 'completed');
    const stored = await talk.messages();
    await eventually(async () => copy().head === stored.length);
    expect(copy().texts).toEqual(stored.map(({ content }) => content));
    expect(copy().turns.get(turn.id)).toBe('completed');
    expect(viewer.of('turn').some(({ queuePosition }) => queuePosition === 1)).toBe(true);
    viewer.close();
  });

  it('tells of a removed message, and of one that was removed while nobody looked', async () => {
    const talk = await Talk.begin(one);
    const contents = ['one', 'two', 'three'].map((content) => ({ role: 'user', content }));
    const { body } = await talk.user.post(`${talk.path}/messages`, { messages: contents });
    const ids = (body.data as Message[]).map(({ id }) => id);
    const first = await Viewer.open(two, `${talk.path}/events?afterSeq=1`, talk.user.headers);
    await eventually(async () => first.of('head').length === 1);
    expect(first.of('message').map(({ seq }) => seq)).toEqual([2, 3]);
    await talk.user.delete(`${talk.path}/messages/${ids[1]}`).expect(200);
    await eventually(async () => first.of('message').length === 3);
    expect(first.of('message')[2]).toMatchObject({
      seq: 2,
      content: '',
      erased: { how: 'removed' },
    });
    const last = first.events.filter(({ id }) => id).at(-1)!.id!;
    first.close();
    await talk.user.delete(`${talk.path}/messages/${ids[0]}`).expect(200);
    const again = await Viewer.open(one, `${talk.path}/events`, talk.user.headers, last);
    await eventually(async () => again.of('message').some(({ seq }) => seq === 1));
    again.close();
  });

  it('tells two devices of the marks of reading, also one that was away', async () => {
    const talk = await Talk.begin(one);
    const contents = ['one', 'two', 'three'].map((content) => ({ role: 'user', content }));
    await talk.user.post(`${talk.path}/messages`, { messages: contents }).expect(201);
    const open = (api: TestApp, after?: string) =>
      Viewer.open(api, `${talk.path}/events`, talk.user.headers, after);
    const devices = [await open(one), await open(two)];
    for (const device of devices) await eventually(async () => device.of('head').length === 1);
    expect(devices.map((device) => device.of('read'))).toEqual([[], []]);
    await talk.user.put(`${talk.path}/read`, { upTo: 2 }).expect(200);
    for (const device of devices) await eventually(async () => device.of('read').length === 1);
    // A mark that is there already, or would go back, is no change.
    for (const upTo of [2, 1, 3]) await talk.user.put(`${talk.path}/read`, { upTo }).expect(200);
    for (const device of devices) {
      await eventually(async () => device.of('read').length === 2);
      expect(device.of('read')).toEqual([
        { readUpTo: 2, unread: 1 },
        { readUpTo: 3, unread: 0 },
      ]);
    }
    await talk.user.post(`${talk.path}/messages`, { role: 'user', content: 'four' }).expect(201);
    for (const device of devices) {
      await eventually(async () => device.of('read').length === 3);
      expect(device.of('read')[2]).toEqual({ readUpTo: 3, unread: 1 });
    }
    const last = devices[1]!.events.filter(({ id }) => id).at(-1)!.id!;
    for (const device of devices) device.close();
    const again = await open(two, last);
    await eventually(async () => again.of('read').length === 1);
    expect(again.of('read')).toEqual([{ readUpTo: 3, unread: 1 }]);
    again.close();
  });

  it('tells when the writer of a message replaces what it says', async () => {
    const talk = await Talk.begin(one);
    const { body } = await talk.user
      .post(`${talk.path}/messages`, { role: 'assistant', content: 'Once', status: 'in_progress' })
      .expect(201);
    const { id } = (body.data as Message[])[0]!;
    const write = (version: number, change: object) =>
      talk.user
        .patch(`${talk.path}/messages/${id}`, { expectedVersion: version, ...change })
        .expect(200);
    const viewer = await Viewer.open(two, `${talk.path}/events`, talk.user.headers);
    await eventually(async () => viewer.of('message').length === 1);
    await write(0, { append: ' more' });
    await eventually(async () => viewer.of('delta').length === 1);
    expect(viewer.of('delta')[0]).toMatchObject({ text: ' more' });
    await write(1, { content: 'Something else' });
    await eventually(async () => viewer.of('message').length === 2);
    expect(viewer.of('message')[1]).toMatchObject({ content: 'Something else' });
    await write(2, { status: 'complete' });
    await eventually(async () => viewer.of('message').length === 3);
    expect(viewer.of('message')[2]).not.toHaveProperty('status');
    viewer.close();
  });

  it(`has all of a reply after ${CUTS} cuts at any byte, on either process`, async () => {
    const seed = Date.now() % 1_000_000;
    console.log(`SEED=${seed}`);
    const random = new Seeded(seed);
    const talk = await Talk.begin(one, 'carla');
    const words = Array.from({ length: 400 }, (_, i) => `wörd ${i} 😀 `);
    standIn.next({ text: words, delayMs: 10 });
    const url = await Promise.all([one, two].map(({ app }) => app.getUrl()));
    const copy = new Copy();
    let last: string | undefined;
    const turn = await talk.turn('Talk');
    for (let cut = 0; cut <= CUTS; cut++) {
      const abort = new AbortController();
      const open = () =>
        fetch(`${url[cut % 2]}${talk.path}/events?afterSeq=0`, {
          headers: { ...talk.user.headers, ...(last ? { 'last-event-id': last } : {}) },
          signal: abort.signal,
        });
      let answer = await open();
      // A place that was left a moment ago may still be taken.
      await eventually(async () => answer.status === 200 || (answer = await open()).status === 200);
      const left = cut === CUTS ? Infinity : random.integer(1_500);
      let bytes = Buffer.alloc(0);
      const isWhole = () => copy.turns.get(turn.id) === 'completed';
      let applied = 0;
      for await (const chunk of answer.body!) {
        bytes = Buffer.concat([bytes, chunk as Uint8Array]).subarray(0, left);
        // A character that is cut is in an event that is cut.
        const events = eventsIn(bytes.toString());
        for (const event of events.slice(applied)) {
          copy.apply(event);
          last = event.id ?? last;
        }
        applied = events.length;
        if (bytes.length >= left || (cut === CUTS && isWhole())) break;
        if (isWhole()) break;
      }
      abort.abort();
    }
    const stored = await talk.messages();
    expect(copy.texts).toEqual(stored.map(({ content }) => content));
    expect(stored[1]!.content).toBe(words.join(''));
  });

  it('is 404 for a conversation of another user', async () => {
    const talk = await Talk.begin(one);
    const viewer = await Viewer.open(two, `${talk.path}/events`, two.actingFor('eve').headers);
    await viewer.ended();
    expect(viewer.status).toBe(404);
  });

  it('ends when the conversation is deleted', async () => {
    const talk = await Talk.begin(one);
    const viewer = await Viewer.open(two, `${talk.path}/events`, talk.user.headers);
    await eventually(async () => viewer.of('head').length === 1);
    await talk.user.delete(talk.path).expect(204);
    await viewer.ended();
    expect(viewer.of('leave')).toEqual([{ reason: 'No such conversation' }]);
  });
});

describe('a stream', () => {
  it('ends when its key is revoked, when it expires, and when its user is forgotten', async () => {
    const talk = await Talk.begin(one, 'dora');
    const { body: user } = await talk.user.get('/v1/users/me').expect(200);
    const keyOf = async (fields: object) =>
      (
        await one.service
          .post('/v1/api-keys', { name: 'k', userId: user.id, ...fields })
          .expect(201)
      ).body as { id: string; key: string };
    const [revoked, expiring] = [
      await keyOf({}),
      await keyOf({ expiresAt: new Date(Date.now() + 4_000).toISOString() }),
    ];
    const viewers = [];
    for (const { key } of [revoked, expiring])
      viewers.push(
        await Viewer.open(two, `${talk.path}/events`, { authorization: `Bearer ${key}` }),
      );
    const named = await Viewer.open(two, `${talk.path}/events`, talk.user.headers);
    for (const viewer of [...viewers, named])
      await eventually(async () => viewer.of('head').length === 1);
    await one.service.delete(`/v1/api-keys/${revoked.id}`).expect(204);
    for (const viewer of viewers) {
      await viewer.ended();
      expect(viewer.of('leave')).toEqual([{ reason: 'A valid credential is needed' }]);
    }
    expect(named.isOver).toBe(false);
    await one.service.delete(`/v1/users/${user.id}`);
    await named.ended();
    expect(named.events.at(-1)!.event).toBe('leave');
  });

  it('ends when its user is disabled, by whichever key it was opened', async () => {
    const talk = await Talk.begin(one, 'eli');
    const { id } = (await talk.user.get('/v1/users/me').expect(200)).body;
    const { key } = (await one.service.post('/v1/api-keys', { userId: id }).expect(201)).body;
    const own = await Viewer.open(two, `${talk.path}/events`, { authorization: `Bearer ${key}` });
    const named = await Viewer.open(two, `${talk.path}/events`, talk.user.headers);
    for (const viewer of [own, named]) await eventually(async () => viewer.of('head').length === 1);
    await one.service.patch(`/v1/users/${id}`, { status: 'disabled' }).expect(200);
    await Promise.all([own.ended(), named.ended()]);
    expect(own.of('leave')).toEqual([{ reason: 'A valid credential is needed' }]);
    expect(named.of('leave')).toEqual([{ reason: 'The named user is disabled or not yet active' }]);
  });

  it('is one of a few of a user, and leaves its place', async () => {
    const talk = await Talk.begin(one, 'fay');
    const open = () => Viewer.open(one, `${talk.path}/events`, talk.user.headers);
    const viewers = [];
    for (let i = 0; i < STREAMS_PER_USER; i++) viewers.push(await open());
    const { body } = await talk.user.get(`${talk.path}/events`).expect(429);
    expect(body).toMatchObject({ code: 'request.too_many_streams' });
    const asked = await talk.ask('Hello').set('accept', 'text/event-stream');
    expect(asked.status).toBe(429);
    expect((await talk.user.get(`${talk.path}/turns`).expect(200)).body.data).toEqual([]);
    // Another user has places of their own.
    const other = await Talk.begin(one, 'gus');
    const theirs = await Viewer.open(one, `${other.path}/events`, other.user.headers);
    expect(theirs.status).toBe(200);
    for (const viewer of [...viewers, theirs]) viewer.close();
    await eventually(async () => {
      const again = await open();
      again.close();
      return again.status === 200;
    });
  });
});
