// The WebSocket, in two processes on one database: who may open it, what it tells, how a client goes on after a
// cut, and what ends it.
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OpenStreams } from '../../src/platform/streams/index.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { exchange, head } from '../support/raw-socket.js';
import { Seeded } from '../support/seeded.js';
import { SocketClient, type SocketMessage } from '../support/socket-client.js';
import { gate, MODEL, Talk } from '../support/talk.js';
import { eventually } from '../support/wait.js';

const ORIGIN = 'https://app.example.com';
const STREAMS_PER_USER = 40;
const MAX_WATCHES = 32;
const CUTS = 100;

let standIn: ModelStandIn;
let database: TestDatabase;
let one: TestApp;
let two: TestApp;
const settings = () => ({
  ...standIn.environment,
  STREAMS_PER_USER: String(STREAMS_PER_USER),
  CORS_ORIGINS: ORIGIN,
});
beforeAll(async () => {
  [standIn, database] = [await startModelStandIn(), await createTestDatabase()];
  one = await createTestApp(settings(), database);
  two = await createTestApp(settings(), database);
  for (const { listen } of [one, two]) await listen();
});
afterAll(async () => {
  await Promise.all([one?.close(), two?.close()]);
  await database?.drop();
  await standIn?.close();
});

const conversationOf = ({ path }: Talk): string => path.split('/').at(-1)!;
const keyOf = async (talk: Talk, fields: object = {}) => {
  const { body: user } = await talk.user.get('/v1/users/me').expect(200);
  const made = await one.service
    .post('/v1/api-keys', { name: 'k', userId: user.id, ...fields })
    .expect(201);
  return { ...(made.body as { id: string; key: string }), userId: user.id as string };
};
const textOf = (events: SocketMessage[]): string =>
  events
    .filter(({ event }) => event === 'delta')
    .map(({ data }) => data!['text'] as string)
    .join('');

/** What a client has of a conversation that applies events as they come. */
class Copy {
  readonly messages = new Map<unknown, Record<string, unknown>>();
  readonly turns = new Map<unknown, unknown>();
  last: string | undefined;

  apply({ event, data = {}, id }: SocketMessage): void {
    if (event === 'message') this.messages.set(data['seq'], { ...data });
    else if (event === 'turn') this.turns.set(data['id'], data['state']);
    else if (event === 'delta') {
      const message = this.messages.get(data['seq'])!;
      message['content'] = `${message['content'] as string}${data['text'] as string}`;
    }
    this.last = id ?? this.last;
  }

  get texts(): unknown[] {
    return [...this.messages.values()]
      .sort((a, b) => Number(a['seq']) - Number(b['seq']))
      .map(({ content }) => content);
  }
}

describe('an upgrade', () => {
  it('is refused as any request is, with a problem', async () => {
    const { user } = await Talk.begin(one, 'ann');
    const refusal = async (options: Parameters<typeof SocketClient.try>[1]) => {
      const refused = await SocketClient.try(one, options);
      if (refused instanceof SocketClient) throw new Error('it was let in');
      expect(refused.type).toContain('application/problem+json');
      return [refused.status, refused.body['code']];
    };
    const { headers } = user;
    const unknown = { authorization: `Bearer tk_${'A'.repeat(43)}` };
    expect(await refusal({})).toEqual([401, 'access.unauthenticated']);
    expect(await refusal({ headers: unknown })).toEqual([401, 'access.unauthenticated']);
    const service = { authorization: headers['authorization']! };
    expect(await refusal({ headers: service })).toEqual([400, 'access.user_required']);
    const wrong = { ...headers, origin: 'https://evil.example' };
    expect(await refusal({ headers: wrong })).toEqual([403, 'access.forbidden']);
    const asked = { headers, path: '/v1/stream?key=1' };
    expect(await refusal(asked)).toEqual([400, 'request.invalid_query']);
    const elsewhere = { headers, path: '/v1/nowhere' };
    expect(await refusal(elsewhere)).toEqual([404, 'request.route_not_found']);
    const { body } = await user.get('/v1/stream').expect(426).expect('upgrade', 'websocket');
    expect(body).toMatchObject({ code: 'request.upgrade_required' });
    const half = user.with({ connection: 'upgrade', upgrade: 'websocket' });
    await half.get('/v1/stream').expect(426).expect('sec-websocket-version', '13');
    expect(one.app.get(OpenStreams).size).toBe(0);
  });

  it('is let in from a page of an origin that is allowed, with the key in a sub-protocol', async () => {
    const talk = await Talk.begin(one, 'ben');
    const { key } = await keyOf(talk);
    const client = await SocketClient.open(one, {
      headers: { origin: ORIGIN },
      protocols: ['threadkeep', `threadkeep.key.${key}`],
    });
    expect(client.socket.protocol).toBe('threadkeep');
    client.watch({ conversationId: conversationOf(talk) });
    await client.until(({ event }) => event === 'head');
    client.cut();
  });

  it('to another protocol than a WebSocket is ignored, and the body is read', async () => {
    const { user } = await Talk.begin(one, 'cai');
    const url = new URL('/v1/conversations', await one.app.getUrl());
    const status = await new Promise((resolve, reject) => {
      const sent = httpRequest(url, {
        method: 'POST',
        headers: {
          ...user.headers,
          'content-type': 'application/json',
          connection: 'Upgrade, HTTP2-Settings',
          upgrade: 'h2c',
          'http2-settings': 'AAEAAEAAAAIAAAAA',
        },
      });
      sent.once('response', ({ statusCode }) => resolve(statusCode)).once('error', reject);
      sent.end('{"title":"Lunch"}');
    });
    expect(status).toBe(201);
  });

  it('behind a request that is not answered yet ends the connection only', async () => {
    const { user } = await Talk.begin(one, 'dov');
    const { headers } = user;
    const upgrade = {
      ...headers,
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    };
    const asks = head('GET', '/v1/conversations', headers);
    await exchange(await one.app.getUrl(), asks + asks + head('GET', '/v1/stream', upgrade));
    await user.get('/v1/conversations').expect(200);
    expect(one.app.get(OpenStreams).size).toBe(0);
  });

  it('is one of the streams of a user', async () => {
    const talk = await Talk.begin(one, 'dan');
    const { headers } = talk.user;
    const clients = [];
    for (let i = 0; i < STREAMS_PER_USER; i++)
      clients.push(await SocketClient.open(one, { headers }));
    expect(await SocketClient.try(one, { headers })).toMatchObject({
      status: 429,
      body: { code: 'request.too_many_streams' },
    });
    await talk.user.get(`${talk.path}/events`).expect(429);
    clients[0]!.watch({ conversationId: conversationOf(talk) });
    await clients[0]!.until(({ code }) => code === 'request.too_many_streams');
    // Another user has places of their own.
    const other = await Talk.begin(one, 'dee');
    clients.push(await SocketClient.open(one, { headers: other.user.headers }));
    for (const client of clients) client.cut();
    await eventually(async () => one.app.get(OpenStreams).size === 0);
  });
});

describe('a WebSocket', () => {
  it('tells what happens in several conversations and turns, from another process', async () => {
    const [first, second] = [await Talk.begin(one, 'eli'), await Talk.begin(one, 'eli')];
    const client = await SocketClient.open(two, { headers: first.user.headers });
    const hold = gate();
    standIn.next({ text: ['At', ' the märket 😀.'], hold: { afterDeltas: 1, until: hold.until } });
    const turn = await first.turn('Where?');
    client.watch({ conversationId: conversationOf(first), turnId: turn.id });
    client.watch({ id: 'all', conversationId: conversationOf(first), afterSeq: 0 });
    client.watch({ conversationId: conversationOf(second) });
    await client.until(({ watch, event }) => watch === turn.id && event === 'delta');
    hold.open();
    await client.until(({ type, watch }) => type === 'end' && watch === turn.id);
    expect(textOf(client.of(turn.id))).toBe('At the märket 😀.');
    expect(client.of(turn.id).at(-1)).toMatchObject({
      event: 'turn',
      data: { id: turn.id, state: 'completed' },
    });
    const said = { role: 'user', content: 'Hi' };
    await second.user.post(`${second.path}/messages`, said).expect(201);
    await client.until(
      ({ watch, event }) => watch === conversationOf(second) && event === 'message',
    );
    const stored = await first.messages();
    const copy = () => {
      const made = new Copy();
      for (const event of client.of('all')) made.apply(event);
      return made;
    };
    await eventually(async () => copy().turns.get(turn.id) === 'completed');
    expect(copy().texts).toEqual(stored.map(({ content }) => content));
    // The same events as by HTTP.
    const { events } = await first.stream(`/turns/${turn.id}/events`);
    const replayed = client.of(turn.id).filter(({ event }) => event === 'delta');
    expect(events.at(-2)).toMatchObject({ event: 'delta', id: replayed.at(-1)!.id });
    client.cut();
  });

  it('tells of a model call, which runs in another process', async () => {
    const talk = await Talk.begin(one, 'eva');
    const client = await SocketClient.open(one, { headers: talk.user.headers });
    const { body: call } = await talk.user
      .post('/v1/model-calls', { messages: [{ role: 'user', content: 'Hi' }], model: MODEL })
      .expect(202);
    client.watch({ modelCallId: call.id });
    await client.until(({ event }) => event === 'call');
    expect(client.of(call.id)).toMatchObject([{ data: { state: 'queued', queuePosition: 0 } }]);
    standIn.next({ text: ['Hello'] });
    const runs = await createTestApp({ ...settings(), JOB_CONCURRENCY: '1' }, database);
    await client.until(({ type }) => type === 'end');
    expect(client.of(call.id).at(-1)).toMatchObject({
      event: 'call',
      data: { state: 'completed', reply: { text: 'Hello' } },
    });
    await runs.close();
    client.cut();
  });

  it('goes on after an event, and watches no more when it is told so', async () => {
    const talk = await Talk.begin(one, 'fin');
    const contents = ['one', 'two'].map((content) => ({ role: 'user', content }));
    await talk.user.post(`${talk.path}/messages`, { messages: contents }).expect(201);
    const client = await SocketClient.open(one, { headers: talk.user.headers });
    const conversationId = conversationOf(talk);
    client.watch({ id: 'a', conversationId, afterSeq: 1 });
    await client.until(({ event }) => event === 'head');
    expect(client.of('a').map(({ event, data }) => [event, data!['seq']])).toEqual([
      ['message', 2],
      ['head', 2],
    ]);
    client.watch({ id: 'a', conversationId });
    await client.until(({ code }) => code === 'stream.watch_open');
    client.send({ type: 'unwatch', id: 'a' });
    await client.until(({ type }) => type === 'end');
    client.send({ type: 'unwatch', id: 'a' });
    await client.until(({ code }) => code === 'stream.no_watch');
    const { body } = await talk.user
      .post(`${talk.path}/messages`, { role: 'user', content: 'three' })
      .expect(201);
    const last = client.of('a').at(-1)!.id!;
    client.watch({ id: 'a', conversationId, lastEventId: last });
    await client.until(({ data }) => data?.['seq'] === 3);
    expect(client.of('a').map(({ data }) => data!['id'])).toContain(body.data[0].id);
    expect(client.of('a').filter(({ event }) => event === 'message')).toHaveLength(2);
    client.cut();
  });

  it('shows nothing of another user, existing or not', async () => {
    const [mine, theirs] = [await Talk.begin(one, 'gia'), await Talk.begin(one, 'hal')];
    standIn.next({ text: ['Secret'] });
    const turn = await theirs.turn('Say it');
    await theirs.settled(turn);
    const client = await SocketClient.open(one, { headers: mine.user.headers });
    const nothing = crypto.randomUUID();
    const own = conversationOf(mine);
    const asks = [
      [{ conversationId: conversationOf(theirs) }, { conversationId: nothing }],
      [
        { conversationId: conversationOf(theirs), turnId: turn.id },
        { conversationId: nothing, turnId: nothing },
      ],
      [
        { conversationId: own, turnId: turn.id },
        { conversationId: own, turnId: nothing },
      ],
    ];
    for (const [real, missing] of asks) {
      const before = client.errors().length;
      for (const ask of [real, missing]) client.watch({ id: 'x', ...ask });
      await eventually(async () => client.errors().length === before + 2);
      const [found, absent] = client.errors().slice(before);
      expect(found).toEqual(absent);
      expect(found).toMatchObject({ watch: 'x', status: 404 });
    }
    const named = await theirs.user.get('/v1/users/me').expect(200);
    const { key } = await keyOf(mine);
    expect(
      await SocketClient.try(one, {
        headers: { authorization: `Bearer ${key}`, 'threadkeep-user': named.body.id },
      }),
    ).toMatchObject({ status: 403 });
    await theirs.user
      .post(`${theirs.path}/messages`, { role: 'user', content: 'Secret, too' })
      .expect(201);
    client.watch({ conversationId: own });
    await client.until(({ event }) => event === 'head');
    expect(JSON.stringify(client.messages)).not.toContain('Secret');
    client.cut();
  });

  it(`has all of a reply after ${CUTS} cuts, on either process`, async () => {
    const seed = Date.now() % 1_000_000;
    console.log(`SEED=${seed}`);
    const random = new Seeded(seed);
    const talk = await Talk.begin(one, 'ida');
    const { headers } = talk.user;
    const words = Array.from({ length: 400 }, (_, i) => `wörd ${i} 😀 `);
    standIn.next({ text: words, delayMs: 10 });
    const copy = new Copy();
    const turn = await talk.turn('Talk');
    for (let cut = 0; cut <= CUTS; cut++) {
      const client = await SocketClient.open(cut % 2 ? two : one, { headers });
      const place = copy.last === undefined ? { afterSeq: 0 } : { lastEventId: copy.last };
      client.watch({ id: 'a', conversationId: conversationOf(talk), ...place });
      const left = cut === CUTS ? Infinity : random.integer(8);
      const isWhole = () => copy.turns.get(turn.id) === 'completed';
      let applied = 0;
      await eventually(async () => {
        for (const event of client.of('a').slice(applied, left)) copy.apply(event);
        applied = Math.min(client.of('a').length, left);
        return applied >= left || isWhole();
      });
      client.cut();
    }
    const stored = await talk.messages();
    expect(copy.texts).toEqual(stored.map(({ content }) => content));
    expect(stored[1]!.content).toBe(words.join(''));
  });
});

describe('a message of a client', () => {
  it('that is wrong gets a problem, and the socket goes on', async () => {
    const talk = await Talk.begin(one, 'jan');
    const client = await SocketClient.open(one, { headers: talk.user.headers });
    const conversationId = conversationOf(talk);
    const id = crypto.randomUUID();
    const wrong: [string, string][] = [
      ['not JSON', 'request.malformed'],
      ['[[[[[[]]]]]]', 'request.invalid_body'],
      ['1', 'request.invalid_body'],
      ['{}', 'request.invalid_body'],
      [JSON.stringify({ type: 'unwatch' }), 'request.invalid_body'],
      ...[
        {},
        { conversationId: 'x' },
        { conversationId, modelCallId: id },
        { modelCallId: id, turnId: id },
        { conversationId, turnId: id, afterSeq: 1 },
        { conversationId, afterSeq: -1 },
        { conversationId, nonsense: true },
        { conversationId, id: '' },
        { conversationId, id: 'x'.repeat(65) },
      ].map((fields): [string, string] => [
        JSON.stringify({ type: 'watch', ...fields }),
        'request.invalid_body',
      ]),
    ];
    for (const [text] of wrong) client.socket.send(text);
    await eventually(async () => client.errors().length === wrong.length);
    expect(client.errors().map(({ code }) => code)).toEqual(wrong.map(([, code]) => code));
    client.watch({ conversationId });
    await client.until(({ event }) => event === 'head');
    client.cut();
  });

  it('counts as a request of its key', async () => {
    const limited = await createTestApp({ ...settings(), RATE_LIMIT_PER_SECOND: '1' }, database);
    await limited.listen();
    const talk = await Talk.begin(one, 'kim');
    const { key } = await keyOf(talk);
    const client = await SocketClient.open(limited, {
      headers: { authorization: `Bearer ${key}` },
    });
    for (let i = 0; i < 20; i++) client.send({ type: 'unwatch', id: 'none' });
    await client.until(({ code }) => code === 'request.rate_limited');
    expect(client.errors().some(({ code }) => code === 'stream.no_watch')).toBe(true);
    expect(client.errors().at(-1)).toMatchObject({ retryAfter: expect.any(Number) });
    client.cut();
    await limited.close();
  });

  it('that is too large, or one of too many, ends the socket', async () => {
    const talk = await Talk.begin(one, 'lea');
    const { headers } = talk.user;
    const large = await SocketClient.open(one, { headers });
    large.send({ type: 'watch', id: 'x'.repeat(5_000) });
    await large.ended();
    expect(large.closed).toMatchObject({ code: 1009 });
    for (const flood of [
      ({ socket }: SocketClient) => socket.send('{}'),
      ({ socket }: SocketClient) => socket.ping(),
      ({ socket }: SocketClient) => socket.pong(),
    ]) {
      const client = await SocketClient.open(one, { headers });
      for (let i = 0; i < 500; i++) flood(client);
      await client.ended();
      expect(client.closed).toMatchObject({ code: 1008, reason: 'Too many messages' });
    }
  });

  it(`that asks for more than ${MAX_WATCHES} watches is refused`, async () => {
    const talk = await Talk.begin(one, 'mia');
    const client = await SocketClient.open(one, { headers: talk.user.headers });
    const conversationId = conversationOf(talk);
    for (let i = 0; i <= MAX_WATCHES; i++) client.watch({ id: `w${i}`, conversationId });
    await client.until(({ code }) => code === 'request.too_many_streams');
    expect(client.errors()).toMatchObject([{ watch: `w${MAX_WATCHES}`, status: 429 }]);
    expect(one.app.get(OpenStreams).size).toBe(MAX_WATCHES + 1);
    client.cut();
    await eventually(async () => one.app.get(OpenStreams).size === 0);
  });
});

it('is not opened for a user who is not there yet', async () => {
  const { headers } = one.actingFor('nobody yet');
  expect(await SocketClient.try(one, { headers })).toMatchObject({
    status: 404,
    body: { code: 'access.user_not_found' },
  });
});

describe('a WebSocket ends', () => {
  it('when its key is revoked, when it expires, and when its user is forgotten', async () => {
    const talk = await Talk.begin(one, 'nia');
    const conversationId = conversationOf(talk);
    const revoked = await keyOf(talk);
    const expiring = await keyOf(talk, { expiresAt: new Date(Date.now() + 4_000).toISOString() });
    const clients = [];
    for (const { key } of [revoked, expiring])
      clients.push(await SocketClient.open(two, { headers: { authorization: `Bearer ${key}` } }));
    const idle = await SocketClient.open(two, {
      headers: { authorization: `Bearer ${revoked.key}` },
    });
    const named = await SocketClient.open(two, { headers: talk.user.headers });
    for (const client of [...clients, named]) {
      client.watch({ conversationId });
      await client.until(({ event }) => event === 'head');
    }
    await one.service.delete(`/v1/api-keys/${revoked.id}`).expect(204);
    for (const client of [...clients, idle]) {
      await client.ended();
      const reason = 'A valid credential is needed';
      expect(client.closed).toEqual({ code: 1008, reason });
      expect(client.messages.at(-1)).toEqual({ type: 'leave', reason });
    }
    for (const client of clients)
      expect(client.of(conversationId).at(-1)).toMatchObject({ event: 'leave' });
    expect(named.closed).toBeNull();
    await one.service.delete(`/v1/users/${revoked.userId}`);
    await named.ended();
    expect(named.closed).toMatchObject({ code: 1008 });
  });

  it('when its client does not read, and keeps nothing for it', async () => {
    const talk = await Talk.begin(one, 'ole');
    const client = await SocketClient.open(one, { headers: talk.user.headers });
    client.watch({ conversationId: conversationOf(talk) });
    await client.until(({ event }) => event === 'head');
    client.socket.pause();
    const content = 'x'.repeat(200_000);
    for (let i = 0; i < 40; i++)
      await talk.user.post(`${talk.path}/messages`, { role: 'user', content }).expect(201);
    // Its user has the places again, although the client has not left.
    await eventually(async () => one.app.get(OpenStreams).size === 0);
    expect(client.closed).toBeNull();
    const again = await SocketClient.open(one, { headers: talk.user.headers });
    again.watch({ conversationId: conversationOf(talk), afterSeq: 0 });
    await eventually(
      async () => again.messages.filter(({ event }) => event === 'message').length === 40,
    );
    for (const each of [client, again]) each.cut();
  });

  it('with a last message when the process stops, which does not wait for it', async () => {
    const third = await createTestApp(settings(), database);
    await third.listen();
    const talk = await Talk.begin(third, 'pia');
    const conversationId = conversationOf(talk);
    const [watching, idle, deaf] = [
      await SocketClient.open(third, { headers: talk.user.headers }),
      await SocketClient.open(third, { headers: talk.user.headers }),
      await SocketClient.open(third, { headers: talk.user.headers }),
    ];
    for (const client of [watching, deaf]) {
      client.watch({ conversationId });
      await client.until(({ event }) => event === 'head');
    }
    deaf.socket.pause();
    await third.close();
    for (const client of [watching, idle]) {
      await client.ended();
      expect(client.closed).toMatchObject({ code: 1001 });
      expect(client.messages.at(-1)).toMatchObject({ type: 'leave' });
    }
    expect(watching.of(conversationId).at(-1)).toMatchObject({ event: 'leave' });
    deaf.cut();
  });
});
