// What lists take and what they refuse, in words. That they answer right: list-model.e2e-spec.ts.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type Caller, type TestApp } from '../support/app.js';
import {
  isForUsers,
  type ListCase,
  LISTS,
  OWNERS,
  PARENT,
  routeOf,
  seedLists,
} from '../support/lists.js';
import { everyPage, idsOf } from '../support/pages.js';
import { expectProblem } from '../support/problem.js';

const ROWS = 30;
const CONVERSATIONS = '/v1/conversations';
const MESSAGES = `${CONVERSATIONS}/${PARENT}/messages`;

let app: TestApp;
let ada: Caller;
let bob: Caller;
beforeAll(async () => {
  app = await createTestApp();
  await seedLists(app.database, ROWS, 1);
  [ada, bob] = [app.actingFor('ada'), app.actingFor('bob')];
});
afterAll(() => app.close());

const callerOf = (one: ListCase): Caller => (isForUsers(one) ? ada : app.service);

interface Refusal {
  pointer: string;
  message: string;
}

async function refused(path: string, caller = ada): Promise<Refusal[]> {
  return expectProblem(await caller.get(path), 400, 'request.invalid_query')['errors'] as Refusal[];
}

/** The one parameter that was refused, and why. */
async function refusal(path: string, caller = ada): Promise<Refusal> {
  const errors = await refused(path, caller);
  expect(errors).toHaveLength(1);
  return errors[0]!;
}

const page = async (path: string, caller = ada) =>
  (await caller.get(path).expect(200)).body as {
    data: { id: string }[];
    nextCursor: string;
    total?: number;
  };

describe.each(Object.entries(LISTS))('the list of %s', (_, one) => {
  const { list } = one;
  const [first, field] = list.filterable[0]!;
  const refusedHere = (query: string) => refusal(`${routeOf(one)}?${query}`, callerOf(one));

  it.each([
    'nothing',
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    '',
    'user_id',
    `${first}'`,
    first.toUpperCase(),
  ])('lists its fields in the error for an unknown field "%s"', async (name) => {
    for (const parameter of [`filter[${name}]`, `filter[${name}][eq]`]) {
      const { pointer, message } = await refusedHere(`${encodeURIComponent(parameter)}=1`);
      expect(pointer).toBe(`?${parameter}`);
      for (const [known] of list.filterable) expect(message).toContain(known);
    }
  });

  it.each([
    'filters',
    `filter.${first}`,
    `filter[${first}`,
    `filter[${first}][eq][eq]`,
    `filter[${first}]eq`,
    `filter[[${first}]]`,
  ])('refuses the filter %s', async (parameter) => {
    const { pointer, message } = await refusedHere(`${encodeURIComponent(parameter)}=1`);
    expect({ pointer, message }).toEqual({
      pointer: `?${parameter}`,
      message: expect.stringContaining('filter[field][operator]=value'),
    });
  });

  it.each(['like', 'constructor', '__proto__', '', 'EQ', '=', 'contains '])(
    'lists the operators of a field in the error for the operator "%s"',
    async (operator) => {
      for (const [name, { operators }] of list.filterable) {
        const { pointer, message } = await refusedHere(
          `${encodeURIComponent(`filter[${name}][${operator}]`)}=1`,
        );
        expect({ pointer, message }).toEqual({
          pointer: `?filter[${name}][${operator}]`,
          message: expect.stringContaining(operators.join(', ')),
        });
      }
    },
  );

  it('refuses an operator of another kind of field', async () => {
    for (const [name, { operators }] of list.filterable) {
      for (const operator of [
        'eq',
        'ne',
        'in',
        'lt',
        'lte',
        'gt',
        'gte',
        'contains',
        'exists',
      ].filter((other) => !(operators as readonly string[]).includes(other))) {
        expect(await refusedHere(`filter[${name}][${operator}]=1`)).toEqual({
          pointer: `?filter[${name}][${operator}]`,
          message: `can ask ${name} for ${operators.join(', ')}`,
        });
      }
    }
  });

  it.each([
    'nothing',
    '-',
    '',
    ',',
    '--id',
    '+id',
    'id;',
    'constructor',
    '-__proto__',
    'id desc',
    Array(5).fill(list.unique).join(','),
  ])('lists its sort fields in the error for "%s"', async (sort) => {
    const { pointer, message } = await refusedHere(`sort=${encodeURIComponent(sort)}`);
    expect(pointer).toBe('?sort');
    for (const name of list.sortable) expect(message).toContain(name);
  });

  it('ignores a sort field that is repeated', async () => {
    const [once, twice] = [list.unique, `${list.unique},-${list.unique}`];
    expect(await page(`${routeOf(one)}?sort=${twice}`, callerOf(one))).toEqual(
      await page(`${routeOf(one)}?sort=${once}`, callerOf(one)),
    );
  });

  it('refuses to sort by an undeclared field', async () => {
    for (const [name, { sortKey }] of Object.entries(list.declaration.fields))
      if (!sortKey) expect((await refusedHere(`sort=-${name}`)).pointer).toBe('?sort');
  });

  it.each([
    'nothing',
    '',
    'id,',
    ',id',
    'constructor',
    '__proto__',
    'ID',
    'hash',
    'user_id',
    'id, id',
  ])('lists its members in the error for "%s"', async (fields) => {
    const { pointer, message } = await refusedHere(`fields=${encodeURIComponent(fields)}`);
    expect({ pointer, message }).toEqual({
      pointer: '?fields',
      message: expect.stringContaining(list.members.join(', ')),
    });
  });

  it.each(['nothing', 'order_by', 'Limit', 'constructor', '__proto__', 'toString', 'page', "'"])(
    'lists its parameters in the error for "%s"',
    async (name) => {
      const { pointer, message } = await refusedHere(`${name}=1`);
      expect(pointer).toBe(`?${name}`);
      for (const known of [
        'limit',
        'cursor',
        'offset',
        'sort',
        'fields',
        'count',
        ...Object.keys(list.declaration.shorthands ?? {}),
      ])
        expect(message).toContain(known);
    },
  );

  it('supports q only where a search is declared', async () => {
    if (list.declaration.search)
      await callerOf(one)
        .get(`${routeOf(one)}?q=x`)
        .expect(200);
    else expect((await refusedHere('q=x')).pointer).toBe('?q');
  });

  it('refuses a repeated parameter', async () => {
    const parameters = [
      'limit=1',
      'offset=1',
      'count=true',
      'fields=id',
      `sort=${list.unique}`,
      `filter[${first}][${field.operators[0]!}]=x`,
    ];
    for (const parameter of parameters) {
      expect(await refusedHere(`${parameter}&${parameter}`)).toEqual({
        pointer: `?${parameter.split('=')[0]}`,
        message: 'must be given once',
      });
    }
  });

  it('reports all wrong filters together', async () => {
    const errors = await refused(
      `${routeOf(one)}?filter[none]=1&filter[${first}][none]=1&filter[__proto__]=1`,
      callerOf(one),
    );
    expect(errors.map(({ pointer }) => pointer)).toEqual([
      '?filter[none]',
      `?filter[${first}][none]`,
      '?filter[__proto__]',
    ]);
  });

  it.each([
    'limit=0',
    'limit=101',
    'limit=-1',
    'limit=1.5',
    'limit=1e1',
    'limit=',
    'offset=-1',
    'offset=10001',
    'offset=x',
    'count=1',
    'count=',
    'count=TRUE',
    'cursor=',
    'cursor=x',
    `cursor=${'A'.repeat(5_000)}`,
    `cursor=${'A'.repeat(5_001)}`,
    'cursor=%00',
    'cursor=%F0%9F%8E%89',
  ])('refuses %s', async (query) => {
    expect((await refusedHere(query)).pointer).toBe(`?${query.split('=')[0]}`);
  });

  it('returns total only with count=true, on any page', async () => {
    const path = routeOf(one);
    const all = (await everyPage(callerOf(one), `${path}?limit=100`)).flat();
    for (const query of [
      'limit=1',
      'limit=3&offset=2',
      'offset=10000',
      'fields=id',
      `sort=${list.unique}`,
    ]) {
      expect((await page(`${path}?${query}&count=true`, callerOf(one))).total).toBe(all.length);
      expect(await page(`${path}?${query}&count=false`, callerOf(one))).not.toHaveProperty('total');
      expect(await page(`${path}?${query}`, callerOf(one))).not.toHaveProperty('total');
    }
  });
});

describe('the values of a filter', () => {
  const id = OWNERS.ada;
  const values: [query: string, message: string][] = [
    ...['', 'x', `{${id}}`, id.replaceAll('-', ''), ` ${id}`].map((text): [string, string] => [
      `filter[id]=${text}`,
      'must be a UUID',
    ]),
    ...[`${id},`, `,${id}`, `${id},x`, ''].map((text): [string, string] => [
      `filter[id][in]=${text}`,
      'must be a UUID',
    ]),
    [
      `filter[id][in]=${Array.from({ length: 101 }, () => id).join(',')}`,
      'must be at most 100 values',
    ],
    ...[
      '',
      '2026-13-01',
      '2026-01-01T00:00:00',
      '2026-02-30T00:00:00Z',
      '2026-01-01 00:00:00Z',
      '0000-01-01T00:00:00Z',
      'infinity',
      'now',
      '1767225600',
      '2026-01-01T24:00:00Z',
    ].map((text): [string, string] => [
      `filter[createdAt][gte]=${text}`,
      'must be an RFC 3339 time with a time zone, or a date',
    ]),
    ...[
      '',
      'x',
      '1.5',
      '1e3',
      '0x10',
      '2147483648',
      '-2147483648',
      '99999999999',
      ' 1',
      '1 or 1=1',
      'NaN',
    ].map((text): [string, string] => [`filter[lastSeq][lt]=${text}`, 'must be a whole number']),
    ...['', 'gone', 'ACTIVE', 'active,archived', 'deleted'].map((text): [string, string] => [
      `filter[status]=${text}`,
      'must be one of active, archived',
    ]),
    ['filter[status][in]=active,gone', 'must be one of active, archived'],
    ...[
      '',
      'x',
      '[]',
      '1',
      'null',
      '"a"',
      '{',
      '{"a":1}}',
      "{'a':1}",
      '{"a":"\\u0000"}',
      '{"a":"\\ud800"}',
    ].map((text): [string, string] => [`filter[metadata]=${text}`, '']),
    ...['', '1', 'yes', 'TRUE', 'null'].map((text): [string, string] => [
      `filter[deletedAt][exists]=${text}`,
      'must be true or false',
    ]),
    ...['', 'x'.repeat(1_001)].map((text): [string, string] => [
      `filter[title]=${text}`,
      'must be 1 to \\d+ characters',
    ]),
    ['filter[title]=\0', 'must be well-formed text without NUL'],
    ['filter[tags]=', 'must be 1 to \\d+ characters'],
    ['filter[title][in]=a,,b', 'must be 1 to \\d+ characters'],
  ];

  it.each(values)('are refused: %s', async (query, reason) => {
    const [parameter, text] = [
      query.slice(0, query.indexOf('=')),
      query.slice(query.indexOf('=') + 1),
    ];
    expect(await refusal(`${CONVERSATIONS}?${parameter}=${encodeURIComponent(text)}`)).toEqual({
      pointer: `?${parameter}`,
      message: reason ? expect.stringMatching(`^${reason}$`) : expect.any(String),
    });
  });

  it.each([
    '{"a":1e400000}',
    '{"a":-1e400000}',
    `{"a":${'9'.repeat(900)}}`,
    '{"a":1e-400000}',
    '{"__proto__":{"a":1}}',
    '{"constructor":1,"constructor":2}',
    `${'{"a":'.repeat(150)}1${'}'.repeat(150)}`,
    '{"a":"\ud83c\udf89"}',
  ])('never cause a 5xx answer: metadata %s', async (text) => {
    expect([200, 400, 422]).toContain(
      (await ada.get(`${CONVERSATIONS}?filter[metadata]=${encodeURIComponent(text)}`)).status,
    );
  });

  it.each([
    'filter[title]=%FF',
    'filter[title]=%',
    'filter[title]=%ED%A0%80',
    'filter%5Btitle%5D%5Beq%5D=%00',
    'q=%FF',
    'sort=%FF',
    'filter[%FF]=1',
  ])('never cause a 5xx answer: %s', async (query) => {
    expect([200, 400]).toContain((await ada.get(`${CONVERSATIONS}?${query}`)).status);
  });

  it('are limited to 20', async () => {
    const all = LISTS['conversations']!.list.filterable.flatMap(([name, { operators }]) =>
      operators
        .filter((operator) => operator === 'exists' || operator === 'ne' || operator === 'lt')
        .map((operator) => ({ name, operator })),
    );
    const text = ({ name, operator }: { name: string; operator: string }) =>
      operator === 'exists'
        ? 'true'
        : ({ id, forkedFromId: id, agentConfigId: id, status: 'active', title: 'x', lastSeq: '9' }[
            name
          ] ?? '2027-01-01T00:00:00Z');
    const parameters = all.map((one) => `filter[${one.name}][${one.operator}]=${text(one)}`);
    const more = [
      'filter[lastSeq]=1',
      'filter[lastSeq][gt]=1',
      'filter[lastSeq][gte]=1',
      'filter[lastSeq][lte]=1',
      'filter[lastSeq][in]=1',
      'filter[tags]=x',
      'filter[metadata]={}',
      'filter[title]=x',
      'filter[title][contains]=x',
    ];
    const many = [...parameters, ...more].slice(0, 21);
    expect(many).toHaveLength(21);
    await ada.get(`${CONVERSATIONS}?${many.slice(1).join('&')}`).expect(200);
    expect(await refusal(`${CONVERSATIONS}?${many.join('&')}`)).toEqual({
      pointer: '?filter',
      message: 'at most 20 filters can be combined',
    });
  });

  it('are never run as SQL, and neither are names', async () => {
    const attacks = [
      `' or '1'='1`,
      `x'); drop table threadkeep.conversation; --`,
      `$1`,
      `\\'; select pg_sleep(10); --`,
      `%' or true --`,
      `"; --`,
    ];
    const before = (await page(`${CONVERSATIONS}?count=true&limit=100`)).total;
    for (const text of attacks.map(encodeURIComponent)) {
      for (const query of [
        `filter[title]=${text}`,
        `filter[title][in]=${text}`,
        `filter[title][contains]=${text}x`,
        `filter[tags]=${text}x`,
        `q=${text}x`,
        `tag=${text}`,
      ]) {
        expect((await page(`${CONVERSATIONS}?${query}`)).data).toEqual([]);
      }
      for (const parameter of [`filter[${text}]`, `filter[title][${text}]`])
        expect((await refusal(`${CONVERSATIONS}?${parameter}=x`)).pointer).toBe(
          `?${decodeURIComponent(parameter)}`,
        );
      for (const name of ['sort', 'fields'])
        expect((await refusal(`${CONVERSATIONS}?${name}=${text}`)).pointer).toBe(`?${name}`);
    }
    expect((await page(`${CONVERSATIONS}?count=true&limit=100`)).total).toBe(before);
  });
});

describe('shorthands', () => {
  it.each([
    ['conversations', 'tag', 'x'.repeat(101)],
    ['conversations', 'tag', ''],
    ['conversations', 'status', 'gone'],
    ['users', 'externalId', 'x'.repeat(256)],
    ['users', 'externalId', ''],
    ['api keys', 'userId', 'x'],
    ['messages', 'order', 'up'],
    ['messages', 'afterSeq', '-1'],
    ['messages', 'afterSeq', '2147483648'],
    ['messages', 'beforeSeq', '1.5'],
  ])('of %s accept what the API document says: %s', async (name, parameter, text) => {
    const one = LISTS[name]!;
    expect((await refusal(`${routeOf(one)}?${parameter}=${text}`, callerOf(one))).pointer).toBe(
      `?${parameter}`,
    );
  });
});

describe('the filters of conversations', () => {
  let own: Caller;
  beforeAll(async () => {
    own = app.actingFor('someone with few');
    for (const values of [
      { title: 'a', tags: ['x'], metadata: { a: { b: [1, 2] }, c: 'd' } },
      { title: 'b', metadata: { a: { b: [2] } } },
      { title: 'a,b' },
      { title: 'gone' },
    ]) {
      await own.post(CONVERSATIONS, values).expect(201);
    }
    await own
      .delete(
        `${CONVERSATIONS}/${(await page(`${CONVERSATIONS}?filter[title]=gone`, own)).data[0]!.id}`,
      )
      .expect(204);
  });
  const titles = async (query: string) =>
    (await page(`${CONVERSATIONS}?sort=title&${query}`, own)).data.map(
      (one) => (one as unknown as { title: string }).title,
    );

  it('split the values of `in` at each comma', async () => {
    expect(await titles('filter[title][in]=a,b,none')).toEqual(['a', 'b']);
    expect(await titles('filter[title][in]=a%2Cb')).toEqual(['a', 'b']);
    expect(await titles('filter[title]=a,b')).toEqual(['a,b']);
  });

  it('match metadata by some of its keys and values, at any depth', async () => {
    const found = (metadata: object) =>
      titles(`filter[metadata]=${encodeURIComponent(JSON.stringify(metadata))}`);
    expect(await found({})).toEqual(['a', 'a,b', 'b']);
    expect(await found({ a: { b: [2] } })).toEqual(['a', 'b']);
    expect(await found({ a: { b: [2, 1, 1] } })).toEqual(['a']);
    expect(await found({ a: {}, c: 'd' })).toEqual(['a']);
    expect(await found({ b: [2] })).toEqual([]);
    expect(await found({ c: 'D' })).toEqual([]);
  });

  it('show deleted conversations only on request', async () => {
    for (const query of [
      'status=deleted',
      'filter[deletedAt][exists]=true',
      'filter[deletedAt][gt]=2020-01-01T00:00:00Z',
    ])
      expect(await titles(query)).toEqual(['gone']);
    for (const query of [
      '',
      'filter[title]=gone',
      'q=gone',
      'status=active',
      'filter[status][ne]=archived',
      'filter[deletedAt][exists]=false',
      'filter[title][in]=gone',
    ])
      expect(await titles(query)).not.toContain('gone');
    expect((await page(`${CONVERSATIONS}?filter[title]=gone&count=true`, own)).total).toBe(0);
  });
});

describe('a cursor of a list', () => {
  const query = 'limit=2&sort=title&filter[title][ne]=none&count=true&fields=id,title';
  const start = async () => (await page(`${CONVERSATIONS}?${query}`)).nextCursor;

  it('continues after its page, with any limit, fields and count', async () => {
    const cursor = await start();
    const all = (await page(`${CONVERSATIONS}?sort=title&filter[title][ne]=none&limit=100`)).data;
    const rest = await page(
      `${CONVERSATIONS}?limit=100&sort=title&filter[title][ne]=none&cursor=${cursor}`,
    );
    expect(rest.data).toEqual(all.slice(2));
  });

  it('accepts the filters in any order', async () => {
    const [one, other] = ['filter[title][ne]=none', 'filter[lastSeq][gte]=0'];
    const { nextCursor } = await page(`${CONVERSATIONS}?limit=1&${one}&${other}`);
    await ada.get(`${CONVERSATIONS}?limit=1&${other}&${one}&cursor=${nextCursor}`).expect(200);
  });

  it.each([
    'limit=2&sort=-title&filter[title][ne]=none',
    'sort=title,id&filter[title][ne]=none',
    'filter[title][ne]=none',
    'sort=title&filter[title][ne]=None',
    'sort=title',
    'sort=title&filter[title]=none',
    'sort=title&filter[title][ne]=none&filter[lastSeq][gte]=0',
    'sort=title&filter[title][ne]=none&q=a',
    'sort=title&filter[title][ne]=none&status=active',
  ])('is refused with another query: %s', async (other) => {
    expect((await refusal(`${CONVERSATIONS}?${other}&cursor=${await start()}`)).pointer).toBe(
      '?cursor',
    );
  });

  it('is refused for another user and another collection', async () => {
    const { nextCursor } = await page(`${CONVERSATIONS}?limit=1&sort=id`);
    expect(
      (await refusal(`${CONVERSATIONS}?limit=1&sort=id&cursor=${nextCursor}`, bob)).pointer,
    ).toBe('?cursor');
    expect(
      (await refusal(`/v1/users?limit=1&sort=id&cursor=${nextCursor}`, app.service)).pointer,
    ).toBe('?cursor');
    expect(
      (await refusal(`/v1/api-keys?limit=1&sort=id&cursor=${nextCursor}`, app.service)).pointer,
    ).toBe('?cursor');
    const messages = (await page(`${MESSAGES}?limit=1`)).nextCursor;
    expect((await refusal(`${MESSAGES}?limit=1&cursor=${messages}`, bob)).pointer).toBe('?cursor');
    const other = (await ada.post(CONVERSATIONS).expect(201)).body.id as string;
    expect(
      (await refusal(`${CONVERSATIONS}/${other}/messages?limit=1&cursor=${messages}`)).pointer,
    ).toBe('?cursor');
    await ada.get(`${MESSAGES}?limit=1&cursor=${messages}`).expect(200);
  });

  it('is refused with one character changed, removed or added', async () => {
    const cursor = await start();
    const bent = [...cursor].map(
      (character, i) => cursor.slice(0, i) + (character === 'A' ? 'z' : 'A') + cursor.slice(i + 1),
    );
    // The last character may stand for bits that are no part of the cursor.
    for (const one of [
      ...bent.slice(0, -1),
      cursor.slice(1),
      cursor.slice(0, -2),
      `${cursor}AAAA`,
      `AAAA${cursor}`,
    ]) {
      expect((await refusal(`${CONVERSATIONS}?${query}&cursor=${one}`)).pointer).toBe('?cursor');
    }
  });

  it('is refused with an offset other than 0', async () => {
    const cursor = await start();
    expect(await refusal(`${CONVERSATIONS}?${query}&cursor=${cursor}&offset=1`)).toEqual({
      pointer: '?offset',
      message: 'cannot be combined with a cursor',
    });
    await ada.get(`${CONVERSATIONS}?${query}&cursor=${cursor}&offset=0`).expect(200);
  });

  it('comes with a Link header that repeats the query', async () => {
    const { body, headers } = await ada.get(`${CONVERSATIONS}?${query}&offset=1`).expect(200);
    const next = new URL(/^<(.+)>; rel="next"$/.exec(headers['link']!)![1]!, 'http://host');
    expect(next.pathname).toBe(CONVERSATIONS);
    expect(Object.fromEntries(next.searchParams)).toEqual({
      limit: '2',
      sort: 'title',
      'filter[title][ne]': 'none',
      count: 'true',
      fields: 'id,title',
      cursor: body.nextCursor,
    });
    const pages = await everyPage(ada, `${CONVERSATIONS}?${query}&offset=1`);
    expect(idsOf(pages.flat())).toEqual(
      idsOf(
        (await page(`${CONVERSATIONS}?sort=title&filter[title][ne]=none&limit=100`)).data,
      ).slice(1),
    );
  });
});
