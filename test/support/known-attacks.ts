// What has stopped a process before: each sends requests that one caller may send, over and over.
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestDatabase } from './database.js';
import { head, hangUp } from './raw-socket.js';
import { streamAttacks } from './stream-attacks.js';
import { Wire } from './wire.js';

export interface KnownAttack {
  name: string;
  /** Requests under way at once. */
  width: number;
  send: (round: number) => Promise<{ status: number } | void>;
}

interface Target {
  url: string;
  serviceKey: string;
  database: TestDatabase;
}

/** Sends all attacks until `isOver`. @returns how often each got which status; 0 when the connection was closed */
export async function attackUntil(
  isOver: () => boolean,
  attacks: KnownAttack[],
): Promise<Map<string, Map<number, number>>> {
  const answers = new Map(attacks.map(({ name }) => [name, new Map<number, number>()]));
  const loop = async ({ name, send }: KnownAttack): Promise<void> => {
    for (let round = 0; !isOver(); round++) {
      const status = await send(round).then(
        (answer) => answer?.status ?? 0,
        () => 0,
      );
      const counts = answers.get(name)!;
      counts.set(status, (counts.get(status) ?? 0) + 1);
      // Whoever is refused at once sends no faster than a client could.
      if (status === 0 || status === 429 || status === 503) await sleep(50);
    }
  };
  await Promise.all(
    attacks.flatMap((attack) => Array.from({ length: attack.width }, () => loop(attack))),
  );
  return answers;
}

/** Creates the users, keys and rows that the attacks need. Each user has an own key, and so an own rate limit. */
export async function prepareAttacks({
  url,
  serviceKey,
  database,
}: Target): Promise<{ attacks: KnownAttack[]; close: () => void }> {
  const wire = new Wire(url, 200);
  const service = { authorization: `Bearer ${serviceKey}` };
  const post = async (
    headers: Record<string, string>,
    path: string,
    body: unknown,
  ): Promise<Record<string, string>> => {
    const { status, text } = await wire.json('POST', path, headers, body);
    if (status >= 300) throw new Error(`POST ${path} answered ${status} ${text.slice(0, 300)}`);
    return JSON.parse(text) as Record<string, string>;
  };
  /** A user with a key of their own. */
  const attacker = async (
    name: string,
  ): Promise<{ id: string; headers: Record<string, string> }> => {
    const user = await post(service, '/v1/users', { externalId: name });
    const { key } = await post(service, '/v1/api-keys', { name, userId: user['id'] });
    return { id: user['id']!, headers: { authorization: `Bearer ${key}` } };
  };
  const json = (headers: Record<string, string>, body: string) => ({
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  });
  /** As the owner of the tables: what many requests would write. */
  const conversation = async (
    userId: string,
    content: string,
    count: number,
    isJson = false,
  ): Promise<string> => {
    const { rows } = await database.admin(`
      with c as (insert into threadkeep.conversation (user_id, id, last_seq) values ('${userId}', gen_random_uuid(), ${count}) returning user_id, id),
           m as (insert into threadkeep.message (user_id, conversation_id, id, seq, token_count, content_is_json, role, content)
                 select c.user_id, c.id, gen_random_uuid(), n, 1, ${isJson}, 'user', ${content} from c, generate_series(1, ${count}) n)
      select id from c`);
    return (rows as { id: string }[])[0]!.id;
  };
  const memories = (userId: string, count: number) =>
    database.admin(`
    with h as (insert into threadkeep.memory_head (user_id, revision, moment, purged, embedded, embedded_to) values ('${userId}', 1, now(), 0, 0, 0) returning user_id)
    insert into threadkeep.memory (user_id, id, recorded_at, created_at, importance, version, revision, strength, has_sources, action, kind, actor, content, tags)
    select h.user_id, gen_random_uuid(), now(), now(), 0.5, 1, 1, 1, false, 'create', 'fact', 'test',
           'w' || n || ' ' || (select string_agg(md5(n || ' ' || i), ' ') from generate_series(1, 180) i), '{}'
      from h, generate_series(1, ${count}) n`);

  const [pages, lists, diffs, tools, searches, poison, bulk, forks, bodies, budgets, floods] =
    await Promise.all(
      [
        'pages',
        'lists',
        'diffs',
        'tools',
        'searches',
        'poison',
        'bulk',
        'forks',
        'bodies',
        'budgets',
        'floods',
      ].map(attacker),
    );
  const largePages = await conversation(pages!.id, `'walrus ' || repeat('a', 3900000)`, 60);
  const longMessages = await conversation(
    lists!.id,
    `(select string_agg(md5(n || ' ' || i), ' ') from generate_series(1, 3000) i)`,
    80,
  );
  const toolCalls = await conversation(
    tools!.id,
    `case when n % 2 = 1 then '[{"type":"tool_use","id":"${'x'.repeat(1_000)}","name":"f","input":{}}]' else '[{"type":"tool_result","tool_use_id":"${'x'.repeat(1_000)}","content":"ok"}]' end`,
    3_000,
    true,
  );
  const long = await conversation(
    budgets!.id,
    `(select string_agg(md5(n || ' ' || i), ' ') from generate_series(1, 30) i)`,
    3_000,
  );
  const forked = await conversation(forks!.id, `'message ' || n`, 20_000);
  await memories(searches!.id, 8_000);
  const nested = JSON.stringify([
    Array.from({ length: 44 }).reduce<unknown>(
      (inner) => ({ type: 'tool_use', id: 'a', name: 'f', input: inner }),
      { text: 'a '.repeat(1_500_000) },
    ),
  ]);
  await conversation(poison!.id, `'${nested}'`, 1, true);
  const letters = (await post(bodies!.headers, '/v1/conversations', {}))['id']!;
  const talk = (await post(bulk!.headers, '/v1/conversations', {}))['id']!;
  const config = (
    await post(diffs!.headers, '/v1/agent-configs', {
      name: 'diff',
      parameters: { x: Array.from({ length: 4_000 }, () => 1) },
      systemPrompt: Array.from({ length: 9_000 }, (_, n) => `a${n}`).join('\n'),
    })
  )['id']!;
  const changed = await wire.json(
    'PATCH',
    `/v1/agent-configs/${config}`,
    { ...diffs!.headers, 'if-match': '"1"' },
    {
      parameters: { x: Array.from({ length: 4_000 }, () => 2) },
      systemPrompt: Array.from({ length: 9_000 }, (_, n) => `b${n}`).join('\n'),
    },
  );
  if (changed.status !== 200)
    throw new Error(
      `PATCH of a configuration answered ${changed.status} ${changed.text.slice(0, 300)}`,
    );

  const number = `{"a":1${'0'.repeat(80_000)}1}`;
  const texts = JSON.stringify({
    title: 'x',
    tags: Array.from({ length: 390_000 }, () => '\u00e9"'),
  });
  const thousand = JSON.stringify({
    messages: Array.from({ length: 1_000 }, (_, n) => ({
      role: 'user',
      content: `message ${n} ${'word '.repeat(40)}`,
    })),
  });
  const large = JSON.stringify({ role: 'user', content: 'x'.repeat(3_900_000) });
  const names = JSON.stringify({
    name: 'a',
    transport: 'http',
    url: 'https://example.com',
    headers: Object.fromEntries(Array.from({ length: 190_000 }, (_, n) => [`h${n}`, ''])),
  });
  const half = `${head('POST', '/v1/conversations', { 'content-type': 'application/json', 'content-length': '8000000' })}${'{"a":"'.padEnd(200_000, 'x')}`;
  const get = (who: { headers: Record<string, string> }, path: string) => () =>
    wire.send({ method: 'GET', path, headers: who.headers });
  const send = (who: { headers: Record<string, string> }, path: string, body: string) => () =>
    wire.send({ method: 'POST', path, ...json(who.headers, body) });
  const nobody = { headers: {} };

  const attacks: KnownAttack[] = [
    {
      name: 'a long number to a route that is not there',
      width: 4,
      send: send(nobody, '/nope', number),
    },
    {
      name: 'a large body without a key',
      width: 4,
      send: send(nobody, '/v1/conversations', texts),
    },
    {
      name: 'bodies that do not end',
      width: 8,
      send: () => hangUp(url, half, 'once the answer begins'),
    },
    {
      name: 'guessed keys',
      width: 4,
      send: (round) =>
        wire.send({
          method: 'GET',
          path: '/v1/users/me',
          headers: { authorization: `Bearer tk_${String(round).padStart(43, 'g')}` },
        }),
    },
    {
      name: 'pages of the largest messages',
      width: 4,
      send: get(pages!, `/v1/conversations/${largePages}/messages?limit=100`),
    },
    {
      name: 'slow lists',
      width: 30,
      send: get(lists!, `/v1/conversations/${longMessages}/messages?q=zzzz&count=true`),
    },
    {
      name: 'differences of long lists and texts',
      width: 2,
      send: get(diffs!, `/v1/agent-configs/${config}/diff?from=1&to=2`),
    },
    {
      name: 'contexts of tool calls that share an id',
      width: 2,
      send: send(
        tools!,
        `/v1/conversations/${toolCalls}/context`,
        '{"format":"anthropic","budgetTokens":10000000}',
      ),
    },
    {
      name: 'contexts of half a million tokens',
      width: 4,
      send: send(budgets!, `/v1/conversations/${long}/context`, '{"budgetTokens":500000}'),
    },
    {
      name: 'searches of memories beyond the index',
      width: 4,
      send: (round) =>
        get(searches!, `/v1/memories/search?q=w${round % 100}${round % 2 ? '&asOf=1' : ''}`)(),
    },
    {
      name: 'searches of a nested message',
      width: 4,
      send: get(poison!, '/v1/messages/search?q=walrus'),
    },
    {
      name: 'appends of a thousand messages',
      width: 4,
      send: send(bulk!, `/v1/conversations/${talk}/messages`, thousand),
    },
    {
      name: 'forks of a long conversation',
      width: 2,
      send: send(forks!, `/v1/conversations/${forked}/fork`, '{}'),
    },
    {
      name: 'appends of the largest message',
      width: 2,
      send: send(bodies!, `/v1/conversations/${letters}/messages`, large),
    },
    {
      name: 'more names than a server may have',
      width: 2,
      send: send(bodies!, '/v1/mcp-servers', names),
    },
    ...streamAttacks(url, floods!, bulk!, talk),
  ];
  return { attacks, close: () => wire.close() };
}
