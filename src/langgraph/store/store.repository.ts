// SQL of a user's store. A search by prefix is a range of the index (store-paths.ts).
import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  plainWords,
  ownedStatement,
  type Read,
  ScopedDatabase,
  statement,
} from '../../platform/database/index.js';
import { ExpiringRows } from '../../platform/jobs/index.js';
import { type Amounts, Quotas } from '../../platform/quotas/index.js';
import { passes } from './store-filters.js';
import type { PathRange } from './store-paths.js';

export interface StoreItemRow {
  id: string;
  path: string;
  key: string;
  value: unknown;
  createdAt: Date;
  updatedAt: Date;
  expiresAt: Date | null;
}

/** What is asked of a key: `at` is its place in the request. */
export interface AskedItemRow extends StoreItemRow {
  at: number;
}

/** An item that a search has found. The rank is null where no word of the question stands. */
export interface FoundItemRow extends StoreItemRow {
  rank: number | null;
}

export interface ItemSearch {
  range: PathRange;
  /** `FilterCondition[]` as JSON. */
  conditions: string;
  query: string | null;
  limit: number;
  offset: number;
}

export interface NamespaceSearch {
  range: PathRange;
  /** Labels, or `*` for any. */
  prefix: string[];
  suffix: string[];
  maxDepth: number;
  limit: number;
  offset: number;
}

export interface NewItem {
  id: string;
  path: string;
  key: string;
  /** JSON. */
  value: string;
  searchText: string | null;
  ttlMinutes: number | null;
}

const columns = `i.id, i.path, i.key, i.value, i.created_at as "createdAt",
  i.updated_at as "updatedAt", i.expires_at as "expiresAt"`;
const IS_ALIVE = '(i.expires_at is null or i.expires_at > now())';

const GET = ownedStatement<AskedItemRow>(
  'store_item.get',
  `select ${columns}, w.at::integer - 1 as at
    from unnest($2::text[], $3::text[]) with ordinality w (path, key, at)
    join threadkeep.store_item i
      on i.user_id = $1 and i.path = w.path and i.key = w.key and ${IS_ALIVE}`,
);

/** The words of a question, any of which is enough. */
const ANY_WORD = `replace(plainto_tsquery('english', ${plainWords('$5::text')})::text, '&', '|')`;

const SEARCH = ownedStatement<FoundItemRow>(
  'store_item.search',
  `select ${columns}, nullif(r.rank, 0)::float8 as rank
    from (select ${ANY_WORD}::tsquery as question) q
    join threadkeep.store_item i on i.user_id = $1 and i.path >= $2 and i.path < $3
    cross join lateral (select coalesce(ts_rank(
      to_tsvector('english', ${plainWords('i.search_text')}), q.question), 0) as rank) r
    where ${IS_ALIVE} and ${passes('i.value', '$4')}
    order by r.rank desc, i.updated_at desc, i.path, i.key
    limit $6 offset $7`,
  { slow: true },
);

/** True when the labels from `first` on are those of the pattern. */
const matches = (pattern: string, first: string): string => `not exists (
  select from unnest(${pattern}::text[]) with ordinality p (label, place)
   where p.label <> '*' and l.labels[${first} + p.place] is distinct from p.label)
  and cardinality(l.labels) >= cardinality(${pattern}::text[])`;

const NAMESPACES = ownedStatement<{ labels: string[] }>(
  'store_item.namespaces',
  `select l.labels[1:$6] as labels
    from (select distinct i.path from threadkeep.store_item i
           where i.user_id = $1 and i.path >= $2 and i.path < $3 and ${IS_ALIVE}) n
    cross join lateral (select string_to_array(rtrim(n.path, chr(1)), chr(1)) as labels) l
    where ${matches('$4', '0')}
      and ${matches('$5', 'cardinality(l.labels) - cardinality($5::text[])')}
    group by 1
    order by array_to_string(l.labels[1:$6], chr(1)) collate "C"
    limit $7 offset $8`,
  { slow: true },
);

const REFRESH = ownedStatement(
  'store_item.refresh',
  `update threadkeep.store_item i
      set expires_at = clock_timestamp() + make_interval(secs => i.ttl_minutes * 60)
    where i.user_id = $1 and i.id = any($2::uuid[]) and i.ttl_minutes is not null`,
);

const REMOVE = ownedStatement(
  'store_item.remove',
  `delete from threadkeep.store_item i using unnest($2::text[], $3::text[]) w (path, key)
    where i.user_id = $1 and i.path = w.path and i.key = w.key`,
);

/** An item that has expired, and is still there, begins anew. */
const PUT = ownedStatement(
  'store_item.put',
  `insert into threadkeep.store_item as i (user_id, id, path, key, value, search_text,
     ttl_minutes, expires_at)
   select $1, w.id, w.path, w.key, w.value::jsonb, w.search_text, w.ttl_minutes,
     now() + make_interval(secs => w.ttl_minutes * 60)
    from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[])
      w (id, path, key, value, search_text, ttl_minutes)
    order by w.path, w.key
   on conflict (user_id, path, key) do update
     set value = excluded.value, search_text = excluded.search_text,
       ttl_minutes = excluded.ttl_minutes, expires_at = excluded.expires_at,
       updated_at = clock_timestamp(),
       created_at = case when i.expires_at <= now() then clock_timestamp() else i.created_at end
   returning i.id`,
);

const USAGE = ownedStatement<Amounts>(
  'store_item.usage',
  `select count(*)::float8 as "storeItems",
     coalesce(sum(2 * octet_length(path) + 2 * octet_length(key) + pg_column_size(value)
       + coalesce(octet_length(search_text), 0)), 0)::float8 as "storeBytes"
    from threadkeep.store_item where user_id = $1`,
  { slow: true },
);

/** Users with items that expire are found one by one, each by one look at the index. */
const EXPIRE = statement<{ count: number }>(
  'store_item.expire',
  `with recursive users as (
     (select i.user_id from threadkeep.store_item i where i.expires_at is not null
       order by i.user_id limit 1)
      union all
     select (select i.user_id from threadkeep.store_item i
              where i.expires_at is not null and i.user_id > u.user_id order by i.user_id limit 1)
       from users u where u.user_id is not null),
   old as (
     select o.user_id, o.id from users u
       cross join lateral (
         select i.user_id, i.id from threadkeep.store_item i
          where i.user_id = u.user_id and i.expires_at <= now() limit $1) o
      limit $1),
   gone as (
     delete from threadkeep.store_item i using old
      where i.user_id = old.user_id and i.id = old.id and i.expires_at <= now() returning 1)
   select count(*)::integer as count from gone`,
);

@Injectable()
export class StoreRepository implements OnModuleInit {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly expiring: ExpiringRows,
    private readonly quotas: Quotas,
  ) {}

  onModuleInit(): void {
    this.quotas.register({ area: 'store', statement: USAGE });
    this.expiring.add(async (limit) => (await this.database.write(EXPIRE, [limit]))[0]?.count ?? 0);
  }

  get(places: { path: string; key: string }[]): Read<AskedItemRow> {
    return { query: GET, values: [places.map(({ path }) => path), places.map(({ key }) => key)] };
  }

  search({ range, conditions, query, limit, offset }: ItemSearch): Read<FoundItemRow> {
    return { query: SEARCH, values: [range.from, range.to, conditions, query, limit, offset] };
  }

  namespaces(search: NamespaceSearch): Read<{ labels: string[] }> {
    const { range, prefix, suffix, maxDepth, limit, offset } = search;
    const values = [range.from, range.to, prefix, suffix, maxDepth, limit, offset];
    return { query: NAMESPACES, values };
  }

  /** Lets items with a time to live begin it again. */
  async refresh(ids: string[]): Promise<void> {
    await this.database.write(REFRESH, [ids]);
  }

  async remove(places: { path: string; key: string }[]): Promise<void> {
    const { values } = this.get(places);
    await this.database.write(REMOVE, values);
  }

  /** @param items no place twice */
  async put(items: NewItem[]): Promise<void> {
    const column = <K extends keyof NewItem>(name: K) => items.map((item) => item[name]);
    await this.database.write(PUT, [
      column('id'),
      column('path'),
      column('key'),
      column('value'),
      column('searchText'),
      column('ttlMinutes'),
    ]);
  }
}
