// Small byte budgets: pages, searches and index builds stop at theirs, and nothing is lost.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Caller } from '../support/app.js';
import { everyPage, idsOf } from '../support/pages.js';
import {
  isForUsers,
  type ListCase,
  LISTS,
  routeOf,
  seedLists,
  storedRows,
} from '../support/lists.js';
import { Seeded } from '../support/seeded.js';
import { startApi } from '../support/started-api.js';
import { type Sent, StatementRecorder } from '../support/statements.js';

const PAGE_BYTES = 20_000;
/** Bytes of one large column, as PostgreSQL writes it. */
const LARGE_BYTES = 6_000;
/** A row has at most two such columns, in JSON of nearly the same length, and its other fields. */
const ROW_BYTES = 2 * LARGE_BYTES + 2_000;
const ROWS = 24;

const recorder = new StatementRecorder();
const { app, close } = await startApi({
  MAX_PAGE_BYTES: String(PAGE_BYTES),
  MEMORY_INDEX_MB: '1',
  SEARCH_SCAN_MB: '2',
});
afterAll(async () => {
  recorder.stop();
  await close();
});

const random = new Seeded(20_261_126);
let users = 0;
const newUser = (): Caller => app.actingFor(`reader ${++users}`);

/** Lists the statements that were sent during `work`. */
async function sentBy(work: () => Promise<unknown>): Promise<Sent[]> {
  const before = recorder.sent.length;
  await work();
  return recorder.sent.slice(before);
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

describe('a list with large rows', () => {
  const large = ({ list }: ListCase) =>
    Object.values(list.declaration.fields).filter(
      // The ids of an event have a bound of their own.
      ({ bytes, column }) =>
        bytes !== null && !['secret_names', 'sealed_fields', 'data'].includes(column),
    );

  /** Some rows compress well and some do not, so that compressed sizes do not show the length. */
  const enlarged = (type: string, column: string): string => {
    const text = `case when hashtext(id::text) % 2 = 0 then repeat('x', ${LARGE_BYTES}) else (select string_agg(md5(random()::text || n), '') from generate_series(1, ${Math.floor(LARGE_BYTES / 32)}) n) end`;
    const value =
      type === 'jsonb'
        ? `jsonb_build_object('large', ${text})`
        : column === 'args'
          ? `array[${text}]`
          : text;
    return `${column} = case when ${column} is null then null else ${value} end`;
  };

  beforeAll(async () => {
    await seedLists(app.database, ROWS, 7);
    for (const one of Object.values(LISTS)) {
      const changes = large(one).map(({ kind, column }) => enlarged(kind.type, column));
      if (changes.length > 0)
        await app.database.admin(`update ${one.list.declaration.table} set ${changes.join(', ')}`);
    }
  });

  it.each(Object.entries(LISTS))(
    'a list of %s ends each page at its byte budget, and has every row once in either direction',
    async (_, one) => {
      const { list } = one;
      const caller = isForUsers(one) ? app.service.with({ 'threadkeep-user': 'ada' }) : app.service;
      const living = list.declaration.deletedAt;
      const expected = (await storedRows(app.database, one))
        .filter((row) => !living || row[living] === null)
        .map(({ id }) => id);
      for (const sort of [list.unique, `-${list.unique}`]) {
        const pages = await everyPage(caller, `${routeOf(one)}?limit=100&sort=${sort}`);
        expect(pages.flatMap(idsOf).sort()).toEqual(expected.sort());
        for (const page of pages)
          expect(bytesOf(page)).toBeLessThan(PAGE_BYTES + ROW_BYTES + page.length * 2_000);
        if (large(one).length > 0 && expected.length > 8) expect(pages.length).toBeGreaterThan(1);
      }
    },
  );
});

describe('message pages with a byte budget', () => {
  it('messages are paged by bytes in both directions, and one larger than the budget is a page of its own', async () => {
    const who = newUser();
    const { id } = (await who.post('/v1/conversations').expect(201)).body as { id: string };
    const lengths = Array.from({ length: 30 }, (_, i) =>
      i % 10 === 3 ? PAGE_BYTES * 3 : 1 + random.integer(PAGE_BYTES / 2),
    );
    for (const [i, length] of lengths.entries()) {
      const content =
        i % 2 === 0 ? 'é'.repeat(length / 2 + 1) : [{ type: 'text', text: random.hex(length) }];
      await who
        .post(`/v1/conversations/${id}/messages`, {
          role: 'user',
          content,
          metadata: i % 5 === 0 ? { note: 'x'.repeat(9_000) } : {},
        })
        .expect(201);
    }
    for (const order of ['asc', 'desc']) {
      const pages = await everyPage(
        who,
        `/v1/conversations/${id}/messages?limit=100&order=${order}`,
      );
      const seqs = pages.flat().map(({ seq }) => seq as number);
      expect(seqs).toEqual(lengths.map((_, i) => (order === 'asc' ? i + 1 : lengths.length - i)));
      for (const page of pages)
        expect(bytesOf(page.slice(0, -1))).toBeLessThan(PAGE_BYTES + 1_000 * page.length);
    }
  });

  it('small messages are read with one statement', async () => {
    const who = newUser();
    const { id } = (await who.post('/v1/conversations').expect(201)).body as { id: string };
    const messages = Array.from({ length: 25 }, (_, i) => ({
      role: 'user',
      content: `small ${i}`,
    }));
    await who.post(`/v1/conversations/${id}/messages`, { messages }).expect(201);
    const sent = await sentBy(() => who.get(`/v1/conversations/${id}/messages`).expect(200));
    expect(sent.map(({ text }) => text.includes('threadkeep.message m'))).toEqual([true]);
  });

  it('a search returns as many messages as fit, and says that others were left out', async () => {
    const who = newUser();
    const { id } = (await who.post('/v1/conversations').expect(201)).body as { id: string };
    const messages = Array.from({ length: 12 }, (_, i) => ({
      role: 'user',
      content: `platypus ${i} ${'x '.repeat(4_000)}`,
    }));
    await who.post(`/v1/conversations/${id}/messages`, { messages }).expect(201);
    const { body } = await who.get('/v1/messages/search?q=platypus&limit=100').expect(200);
    expect([body.data.length, body.complete]).toEqual([3, false]);
    const inMemory = (
      await who
        .post('/v1/memories/search', {
          query: 'platypus',
          in: ['messages', 'memories'],
          limit: 100,
          neighbours: 2,
        })
        .expect(200)
    ).body;
    expect([inMemory.data.length, inMemory.complete, inMemory.searchedBy]).toEqual([
      3,
      false,
      'index',
    ]);
    expect(bytesOf(inMemory)).toBeLessThan(PAGE_BYTES + 10_000);
    const { body: few } = await who.get('/v1/messages/search?q=platypus&limit=2').expect(200);
    expect([few.data.length, few.complete]).toEqual([2, true]);
  });
});

describe('history and diff of memories with a byte budget', () => {
  it('history and diff of memories are paged by bytes', async () => {
    const who = newUser();
    const { id } = (await who.post('/v1/memories', { content: 'first' }).expect(201)).body as {
      id: string;
    };
    for (let i = 0; i < 8; i++)
      await who.patch(`/v1/memories/${id}`, { content: `${i} ${'y'.repeat(9_000)}` }).expect(200);
    const versions: number[] = [];
    for (let before: number | null = 100; before !== null;) {
      const { body } = await who
        .get(`/v1/memories/${id}/history?limit=100&beforeVersion=${before}`)
        .expect(200);
      expect(bytesOf(body)).toBeLessThan(PAGE_BYTES + 12_000);
      versions.push(...(body.data as { version: number }[]).map(({ version }) => version));
      before = body.next as number | null;
    }
    expect(versions).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
    await who
      .post('/v1/memories', {
        memories: Array.from({ length: 9 }, (_, i) => ({
          content: `other ${i} ${'z'.repeat(9_000)}`,
        })),
      })
      .expect(201);
    const changed: string[] = [];
    for (let after = ''; ;) {
      const { body } = await who.get(`/v1/memories/diff?from=0&limit=100${after}`).expect(200);
      expect(bytesOf(body)).toBeLessThan(PAGE_BYTES + 12_000);
      changed.push(...idsOf(body.data as { id: string }[]));
      if (body.next === null) break;
      after = `&after=${String(body.next)}`;
    }
    expect([changed.length, new Set(changed).size]).toEqual([10, 10]);
  });
});

describe('search for a user whose index would be too large', () => {
  const who = newUser();
  const builds = (sent: Sent[]) => sent.filter(({ text }) => text.includes('as ends from')).length;

  beforeAll(async () => {
    for (let batch = 0; batch < 4; batch++) {
      const memories = Array.from({ length: 60 }, (_, i) => ({
        content: `fact${batch}x${i} ${Array.from({ length: 400 }, () => `w${random.hex(6)}`).join(' ')}`,
        tags: [`batch${batch}`],
      }));
      await who.post('/v1/memories', { memories }).expect(201);
    }
    await who
      .post('/v1/memories', {
        content: 'The ärgerlich Émile studies painting in Москва, вещий сон',
      })
      .expect(201);
  });

  it('the database answers a search without an index, and finds the rare word', async () => {
    for (const query of [
      'fact2x37',
      'Which painter is it?',
      'study',
      'ärgerlich',
      'Émile',
      'москва',
      'сон',
    ]) {
      const { body } = await who.post('/v1/memories/search', { query, limit: 1 }).expect(200);
      expect([query, body.searchedBy, body.complete]).toEqual([query, 'database', true]);
      expect((body.data as { memory: { content: string } }[])[0]!.memory.content).toMatch(
        query === 'fact2x37' ? /^fact2x37 / : /Москва/,
      );
    }
  });

  it('the database finds no short word inside of another', async () => {
    for (const query of ['щий', 'mil']) {
      const { body } = await who.post('/v1/memories/search', { query }).expect(200);
      expect([query, body.searchedBy, body.data]).toEqual([query, 'database', []]);
    }
  });

  it('an index that is too large is not built again for each search', async () => {
    await who.get('/v1/memories/search?q=fact1x1').expect(200);
    expect(builds(await sentBy(() => who.get('/v1/memories/search?q=fact1x1').expect(200)))).toBe(
      0,
    );
    await who.post('/v1/memories', { content: 'zebra42 is new' }).expect(201);
    const { body } = await who.get('/v1/memories/search?q=zebra42').expect(200);
    expect([body.data.length, body.searchedBy]).toEqual([1, 'database']);
  });

  it('the database searches with filters, and as of past times', async () => {
    const filtered = await who
      .post('/v1/memories/search', { query: 'fact0x7 fact3x7', filter: { tags: ['batch3'] } })
      .expect(200);
    expect(
      (filtered.body.data as { memory: { content: string } }[]).map(
        ({ memory }) => memory.content.split(' ')[0],
      ),
    ).toEqual(['fact3x7']);
    const past = await who.get('/v1/memories/search?q=fact3x7&asOf=2').expect(200);
    expect(past.body.data).toEqual([]);
    const then = await who.get('/v1/memories/search?q=fact3x7&asOf=4').expect(200);
    expect((then.body.data as unknown[]).length).toBe(1);
  });
});

describe('building an index', () => {
  it('an index is read in as many parts as its bytes need, and no more', async () => {
    const who = newUser();
    await who
      .post('/v1/memories', {
        memories: Array.from({ length: 300 }, (_, i) => ({
          content: `part${i}x ${'same words '.repeat(600)}`,
        })),
      })
      .expect(201);
    const sent = await sentBy(() => who.get('/v1/memories/search?q=part299x').expect(200));
    // 300 times 6,600 bytes are read in parts of a megabyte.
    expect(sent.filter(({ text }) => text.includes('m.id <= $3')).length).toBe(3);
  });
});

describe('search as of another time', () => {
  it('the index of an as-of time is built once, for concurrent and later searches', async () => {
    const who = newUser();
    await who
      .post('/v1/memories', { memories: [{ content: 'blue then' }, { content: 'green then' }] })
      .expect(201);
    await who.post('/v1/memories', { content: 'blue later' }).expect(201);
    const ask = async () =>
      (
        (await who.get('/v1/memories/search?q=blue&asOf=1').expect(200)).body.data as {
          memory: { content: string };
        }[]
      ).map(({ memory }) => memory.content);
    const reads = (sent: Sent[]) => sent.filter(({ text }) => text.includes('"isSettled"')).length;
    const answers: string[][] = [];
    expect(
      reads(
        await sentBy(async () =>
          answers.push(...(await Promise.all(Array.from({ length: 8 }, ask)))),
        ),
      ),
    ).toBe(1);
    expect(reads(await sentBy(async () => answers.push(await ask())))).toBe(0);
    expect(new Set(answers.map((answer) => answer.join()))).toEqual(new Set(['blue then']));
  });

  it('a search as of a future time finds what is written until then', async () => {
    const who = newUser();
    await who.post('/v1/memories', { content: 'orange one' }).expect(201);
    const ask = async () =>
      (
        (await who.get('/v1/memories/search?q=orange&asOf=2100-01-01T00:00:00Z').expect(200)).body
          .data as unknown[]
      ).length;
    expect(await ask()).toBe(1);
    await who.post('/v1/memories', { content: 'orange two' }).expect(201);
    expect(await ask()).toBe(2);
  });
});

describe('a message that cannot be searched', () => {
  it('an unreadable message is left out, the answer says so, and the others are found', async () => {
    const who = newUser();
    const { id } = (await who.post('/v1/conversations').expect(201)).body as { id: string };
    await who
      .post(`/v1/conversations/${id}/messages`, {
        messages: ['tiger one', 'tiger two', 'tiger three'].map((content) => ({
          role: 'user',
          content,
        })),
      })
      .expect(201);
    await app.database.admin(
      `update threadkeep.message set content_is_json = true where conversation_id = '${id}' and seq = 2`,
    );
    const { body } = await who
      .post('/v1/memories/search', { query: 'tiger', in: ['messages'], limit: 2 })
      .expect(200);
    expect(
      (body.data as { message: { seq: number } }[]).map(({ message }) => message.seq).sort(),
    ).toEqual([1, 3]);
    expect(body.complete).toBe(false);
  });

  it('a very long message is found by its beginning, whatever its parts are', async () => {
    const who = newUser();
    const { id } = (await who.post('/v1/conversations').expect(201)).body as { id: string };
    const parts = [
      { type: 'text', text: 'walrus at the beginning' },
      { type: 'tool_result', output: { deep: ['x'.repeat(600_000)] } },
      { type: 'text', text: 'far behind' },
    ];
    await who
      .post(`/v1/conversations/${id}/messages`, { role: 'user', content: parts })
      .expect(201);
    const { body } = await who
      .post('/v1/memories/search', { query: 'walrus', in: ['messages'] })
      .expect(200);
    expect((body.data as { message: { content: unknown } }[])[0]!.message.content).toEqual(parts);
  });
});
