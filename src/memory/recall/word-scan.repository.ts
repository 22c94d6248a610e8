// Scans a user's texts for words, where there is no index of them. The texts stay in PostgreSQL;
// only ids come back.
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { ownedAnonymous, ScopedDatabase } from '../../platform/database/index.js';
import { IS_NEWEST, isValidAt, wasCurrent } from '../memory-row.js';
import { memoryConditions, type MemoryFilter, messageConditions } from './memory-filter.js';
import type { Needle } from './needles.js';

/** Characters that are scanned of one text: as many as an index reads. */
const MAX_SCANNED_CHARACTERS = 250_000;

export type ScannedTable = 'memory' | 'message';

export interface Scan {
  /** Ids of the best matches first. */
  ids: string[];
  /** True when all texts were scanned, and not only the newest. */
  isWhole: boolean;
}

type Parameter = (value: unknown, type: string) => string;

@Injectable()
export class WordScanRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly config: Config,
  ) {}

  /**
   * Finds texts in which the words occur, those with the rarest words first, then the newest. Takes
   * time linear in the bytes scanned.
   */
  async scan(
    table: ScannedTable,
    needles: Needle[],
    filter: MemoryFilter | null,
    asOf: string | null,
    limit: number,
  ): Promise<Scan> {
    const values: unknown[] = [];
    const parameter: Parameter = (value, type) => `$${values.push(value) + 1}::${type}`;
    const rows =
      table === 'memory'
        ? selectMemories(filter, asOf, parameter)
        : selectMessages(filter, asOf, parameter);
    const budget = parameter(this.config.bytes.scan, 'bigint');
    const columns = [needles.map(({ text }) => text), needles.map(({ pattern }) => pattern)].map(
      (texts) => parameter(texts, 'text[]'),
    );
    const wanted = [
      ...columns,
      parameter(
        needles.map(({ term }) => term),
        'integer[]',
      ),
    ];
    const text = scanText(rows, budget, wanted, parameter(limit, 'integer'));
    const found = await this.database.read(
      ownedAnonymous<{ id: string | null; isWhole: boolean }>(text),
      values,
    );
    return { ids: found.flatMap(({ id }) => id ?? []), isWhole: found[0]!.isWhole };
  }

  /** The newest texts, whatever their words: PostgreSQL cannot read sealed ones. */
  async newest(
    table: ScannedTable,
    filter: MemoryFilter | null,
    asOf: string | null,
    limit: { texts: number; bytes: number },
  ): Promise<Scan> {
    const values: unknown[] = [];
    const parameter: Parameter = (value, type) => `$${values.push(value) + 1}::${type}`;
    const rows =
      table === 'memory'
        ? selectMemories(filter, asOf, parameter)
        : selectMessages(filter, asOf, parameter);
    const text = newestText(
      rows,
      parameter(limit.texts, 'integer'),
      parameter(limit.bytes, 'bigint'),
    );
    const found = await this.database.read(
      ownedAnonymous<{ id: string | null; isWhole: boolean }>(text),
      values,
    );
    return { ids: found.flatMap(({ id }) => id ?? []), isWhole: found[0]!.isWhole };
  }
}

/** Selects the ids of the newest rows, up to a number and a size. */
const newestText = (rows: string, limit: string, budget: string): string => `
  with measured as materialized (
    select id, at, row_number() over newest as place,
      sum(octet_length(content)) over newest - octet_length(content) as before
      from (${rows}) r window newest as (order by at desc, id desc rows unbounded preceding))
  select whole.*, kept.id
    from (select count(*) <= ${limit} and coalesce(max(before), 0) < ${budget} as "isWhole"
      from measured) whole
    left join lateral (select id from measured where place <= ${limit} and before < ${budget}
      order by place) kept on true`;

/** Selects the rows to measure and scan. Nothing is decompressed for the measure. */
function selectMemories(
  filter: MemoryFilter | null,
  asOf: string | null,
  parameter: Parameter,
): string {
  const at = asOf === null ? 'now()' : parameter(asOf, 'timestamptz');
  const conditions = [
    asOf === null ? IS_NEWEST : wasCurrent(at),
    isValidAt(at),
    ...memoryConditions(filter, parameter),
  ];
  return `select m.id, m.recorded_at as at, m.content, m.tags, m.metadata from threadkeep.memory m
           where m.user_id = $1 and m.label is null and ${conditions.join(' and ')}`;
}

function selectMessages(
  filter: MemoryFilter | null,
  asOf: string | null,
  parameter: Parameter,
): string {
  const conditions = [
    ...messageConditions(filter, parameter),
    ...(asOf === null ? [] : [`m.created_at <= ${parameter(asOf, 'timestamptz')}`]),
  ];
  return `select m.id, m.created_at as at, m.content, '{}'::text[] as tags, m.metadata
    from threadkeep.message m
            join threadkeep.conversation c on c.user_id = $1 and c.id = m.conversation_id
              and c.deleted_at is null
           where ${['m.user_id = $1', ...conditions].join(' and ')}`;
}

const bytes = `least(octet_length(content), ${MAX_SCANNED_CHARACTERS})`;

/**
 * Makes the statement that scans the texts. A bit mask says which terms a text contains, so that
 * each text is kept once. In the collation "C", lower() and strpos() compare bytes.
 */
const scanText = (
  rows: string,
  budget: string,
  [needles, patterns, terms]: string[],
  limit: string,
): string => `
  with newest as (
    select * from (
      select *, sum(${bytes}) over (order by at desc, id desc rows unbounded preceding)
        - ${bytes} as before from (${rows}) r) measured
     where before < ${budget}
  ), matched as materialized (
    select n.id, n.at, w.mask
      from newest n
     cross join lateral (
       select lower(concat_ws(' ', left(n.content, ${MAX_SCANNED_CHARACTERS}),
         array_to_string(n.tags, ' '), n.metadata ->> 'speaker',
         n.metadata ->> 'name') collate "C") as text
       offset 0) t
     cross join lateral (
       select bit_or(1 << w.term) as mask
         from unnest(${needles}, ${patterns}, ${terms}) as w (needle, pattern, term)
        where case when strpos(t.text, w.needle) > 0 then
          w.pattern is null or t.text ~ w.pattern end) w
     where w.mask is not null
  ), weights as (
    select b.term, ln(1 + (select count(*) from matched)::float8 / count(*)) as weight
      from matched m join generate_series(0, 30) as b (term) on m.mask & (1 << b.term) <> 0
        group by b.term
  ), scores as (
    select m.mask, sum(w.weight) as score
      from (select distinct mask from matched) m join weights w on m.mask & (1 << w.term) <> 0
        group by m.mask
  )
  select whole.*, best.id
    from (select coalesce(sum(${bytes}), 0) <= ${budget} as "isWhole" from (${rows}) r) whole
    left join lateral (select m.id from matched m join scores s using (mask)
      order by s.score desc, m.at desc, m.id limit ${limit}) best on true`;
