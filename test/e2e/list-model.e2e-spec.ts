// Questions to every list, made up from the declarations, against a model in memory. LIST_QUERIES and LIST_SEED make the run longer or another.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KeyUses } from '../../src/users/api-keys/key-uses.js';
import { modelOf } from '../support/list-model.js';
import { askable, type PlannedList, planList } from '../support/list-plan.js';
import {
  isForUsers,
  kindOf,
  type ListCase,
  LISTS,
  routeOf,
  type Row,
  seedLists,
  storedRows,
} from '../support/lists.js';
import { numberFromEnvironment } from '../support/seeded.js';
import { startApi } from '../support/started-api.js';
import { bearer } from '../support/tenants.js';
import { inParallel } from '../support/wire.js';

const QUERIES = numberFromEnvironment('LIST_QUERIES', 1_000);
const SEED = numberFromEnvironment('LIST_SEED', 20_261_122);
const ROWS = 200;
/** Pages of one question that are followed. */
const PAGES_MAX = 30;

const { app, wire, operations, close } = await startApi();
const stored = new Map<ListCase, Row[]>();

beforeAll(async () => {
  await seedLists(app.database, ROWS, SEED);
  // The key that asks is a row of a list: that it is used, and from where, is written down before.
  await wire.json('GET', '/v1/users', bearer(app.serviceKey));
  await app.app.get(KeyUses).flush();
  await app.database.admin(
    `update threadkeep.api_key set last_used_at = '2100-01-01' where name = 'BOOTSTRAP_API_KEY'`,
  );
  for (const one of Object.values(LISTS)) stored.set(one, await storedRows(app.database, one));
});
afterAll(() => close());

interface Page {
  data: Row[];
  nextCursor: string | null;
  total?: number;
}

const as = (one: ListCase) => ({
  ...bearer(app.serviceKey),
  ...(isForUsers(one) ? { 'threadkeep-user': 'ada' } : {}),
});

/** One page, and the address of the next by the Link header. */
async function pageAt(one: ListCase, path: string): Promise<{ page: Page; next: string | null }> {
  const { status, headers, text } = await wire.json('GET', path, as(one));
  if (status !== 200) throw new Error(`${status}: ${text}`);
  const page = JSON.parse(text) as Page;
  const next = /^<(.+)>; rel="next"$/.exec(String(headers['link'] ?? ''))?.[1] ?? null;
  if (page.nextCursor !== (next && new URL(next, 'http://host').searchParams.get('cursor')))
    throw new Error('the Link header has another cursor than the page');
  return { page, next };
}

async function everyItem(one: ListCase): Promise<Map<unknown, Row>> {
  const items: Row[] = [];
  const rest = one.list.declaration.deletedAt
    ? ['', `&filter[${one.list.declaration.deletedAt}][exists]=true`]
    : [''];
  for (const filter of rest) {
    for (let next: string | null = `${routeOf(one)}?limit=100${filter}`; next;) {
      const answer = await pageAt(one, next);
      items.push(...answer.page.data);
      next = answer.next;
    }
  }
  return new Map(items.map((item) => [item['id'], item]));
}

const trimmed = (item: Row, members: string[] | undefined): Row =>
  members ? Object.fromEntries(members.map((name) => [name, item[name]])) : item;

/** Each page as it is answered must be the slice of the model that it stands for. How many pages there were. */
async function follow(one: ListCase, plan: PlannedList, items: Map<unknown, Row>): Promise<number> {
  const whole = modelOf(one, stored.get(one)!, plan.asked);
  let next: string | null = `${routeOf(one)}?${plan.query}`;
  let at = plan.offset;
  let pages = 0;
  for (; next && pages < PAGES_MAX; pages++) {
    const { page, next: following } = await pageAt(one, next);
    const slice = whole
      .slice(at, at + plan.limit)
      .map((row) => trimmed(items.get(row['id'])!, plan.fields));
    expect(page.data).toEqual(slice);
    expect(page.total).toBe(plan.count ? whole.length : undefined);
    at += plan.limit;
    expect(page.nextCursor !== null).toBe(at < whole.length);
    next = following;
  }
  return pages;
}

describe('the lists of the API', () => {
  it('are all known here: each route that pages by a cursor', () => {
    const paged = operations.filter(({ parameters }) =>
      parameters.some(({ name }) => name === 'cursor'),
    );
    expect(paged.map(({ path }) => path.replaceAll(/:(\w+)/g, '{$1}')).sort()).toEqual(
      Object.values(LISTS)
        .map(({ path }) => path)
        .sort(),
    );
  });

  it('are asked the same for the same seed, and other things for another', () => {
    const digest = (seed: number) =>
      createHash('sha256')
        .update(
          JSON.stringify(
            Object.values(LISTS).map((one) => planList(one, stored.get(one)!, 50, seed)),
          ),
        )
        .digest('hex');
    expect(digest(SEED)).toBe(digest(SEED));
    expect(digest(SEED + 1)).not.toBe(digest(SEED));
  });
});

describe.each(Object.entries(LISTS))('the list of %s', (_, one) => {
  const share = Math.ceil(QUERIES / Object.keys(LISTS).length);
  let items: Map<unknown, Row>;
  beforeAll(async () => {
    items = await everyItem(one);
  });

  it('has every row of its user and no other, with the values that are stored', () => {
    const rows = stored.get(one)!;
    expect([...items.keys()].sort()).toEqual(rows.map(({ id }) => id).sort());
    const told = one.list.filterable.filter(
      ([name, field]) =>
        one.list.members.includes(name) && !['object', 'rank'].includes(kindOf(field)),
    );
    for (const row of rows) {
      for (const [name, field] of told) {
        const value =
          kindOf(field) === 'time' && row[name] !== null
            ? new Date(row[name] as string).toISOString()
            : row[name];
        expect([name, items.get(row['id'])![name]]).toEqual([name, value]);
      }
    }
  });

  it(
    `answers ${share} questions as the model does, page after page to the end`,
    async () => {
      const plans = planList(one, stored.get(one)!, share, SEED);
      const findings: unknown[] = [];
      let [found, severalPages] = [0, 0];
      await inParallel(plans, 8, async (plan) => {
        if (findings.length >= 3) return;
        const pages = await follow(one, plan, items).catch(
          (error: Error) => (
            findings.push({ query: decodeURIComponent(plan.query), reason: error.message }),
            0
          ),
        );
        found += Number(modelOf(one, stored.get(one)!, plan.asked).length > 0);
        severalPages += Number(pages > 1);
      });
      expect({ seed: SEED, findings }).toEqual({ seed: SEED, findings: [] });
      expect(found).toBeGreaterThan(share / 2);
      expect(severalPages).toBeGreaterThan(share / 10);
    },
    Math.max(60_000, share * 200),
  );

  it('is asked for each field with each operator by a run of the usual length', () => {
    const asked = new Set(
      planList(one, stored.get(one)!, 250, SEED).flatMap(({ asked: { filters } }) =>
        filters.map(({ field, operator }) => `${field} ${operator}`),
      ),
    );
    expect([...asked].sort()).toEqual(
      askable(one)
        .map((pair) => pair.join(' '))
        .sort(),
    );
  });
});
