// SQL of checkpoints, and of what channels hold. Bytes come and go as base64.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ownedStatement, ScopedDatabase, statement } from '../../platform/database/index.js';
import { type Amounts, Quotas } from '../../platform/quotas/index.js';
import { MergeSteps } from '../../users/index.js';
import { CHECKPOINT_LIMITS } from './checkpoint-limits.js';
import { HAS_THREAD, PRUNE, PRUNE_VALUES, PRUNE_WRITES } from './pruning-statements.js';

/** Bytes as base64, with the name of the format in which the client has written them. */
export interface Packed {
  type: string;
  data: string;
}

export interface CheckpointPlace {
  threadId: string;
  namespace: string;
  checkpointId: string;
}

export interface CheckpointRow extends CheckpointPlace {
  parentId: string | null;
  checkpoint: Packed;
  metadata: Packed;
  values: (Packed & { channel: string })[];
  writes: (Packed & { channel: string; taskId: string })[];
}

export interface NewCheckpoint extends CheckpointPlace {
  parentId: string | null;
  checkpoint: Packed;
  metadata: Packed;
  labels: Record<string, unknown>;
  channels: Record<string, string>;
  values: (Packed & { channel: string; version: string })[];
  /** Bytes of the rows that hold the values. */
  valueBytes: number;
}

export interface NewWrites extends CheckpointPlace {
  taskId: string;
  taskPath: string;
  writes: (Packed & { channel: string; position: number })[];
  /** Bytes of the rows that hold the writes. */
  bytes: number;
}

/** Why a checkpoint was not stored; it was, when there are no channels and enough room. */
export interface PutOutcome {
  missing: string[];
  changed: string[];
  hasRoom: boolean;
}

export interface CheckpointSearch {
  threadId: string | null;
  namespace: string | null;
  checkpointId: string | null;
  before: string | null;
  /** JSON. */
  filter: string;
  after: CheckpointPlace | null;
  limit: number;
}

/** A checkpoint with what a page needs to know of it. */
export interface ListedCheckpoint extends CheckpointPlace {
  bytes: number;
}

/** Writes to a thread, and its pruning, run one after the other, also across processes. */
const TAKE_TURN = statement(
  'checkpoint.take_turn',
  `select pg_advisory_xact_lock(
     hashtextextended('checkpoints ' || $1::text || ' ' || $2::text, 0))`,
);

/** What a row takes. Its names count twice, as most stand in the index of its key, too. */
const bytesOfRow = (row: string, names: readonly string[]): string =>
  [
    `octet_length(${row}.data) + ${CHECKPOINT_LIMITS.rowBytes}`,
    ...names.map((name) => `2 * octet_length(${row}.${name})`),
  ].join(' + ');

const bytesOfCheckpoint = (row: string): string =>
  `${bytesOfRow(row, ['thread_id', 'namespace', 'checkpoint_id'])}
     + octet_length(${row}.metadata_data) + pg_column_size(${row}.channels)
     + pg_column_size(${row}.labels)`;

const bytesOfValue = (row: string): string =>
  bytesOfRow(row, ['thread_id', 'namespace', 'channel', 'version', 'type']);

const bytesOfWrite = (row: string): string =>
  bytesOfRow(row, [
    ...['thread_id', 'namespace', 'checkpoint_id', 'task_id', 'task_path', 'channel', 'type'],
  ]);

/** That `v` is the value of a named channel, in the thread and namespace. */
const valueOf = (named: string): string =>
  `v.user_id = $1 and v.thread_id = $2 and v.namespace = $3
    and v.channel = ${named}.channel and v.version = ${named}.version`;

/**
 * Stores nothing when a channel of a checkpoint with a parent has no value, when a version has
 * another value already, or when the values are too large together.
 */
const PUT = ownedStatement<PutOutcome>(
  'checkpoint.put',
  `with sent as materialized (
     select s.channel, s.version, s.type, decode(s.data, 'base64') as data
       from unnest($12::text[], $13::text[], $14::text[], $15::text[])
         s (channel, version, type, data)),
   kept as materialized (
     select n.key as channel, v.data is not null as is_known, ${bytesOfValue('v')} as bytes
       from jsonb_each_text($11::jsonb) n
       left join threadkeep.checkpoint_value v
         on v.user_id = $1 and v.thread_id = $2 and v.namespace = $3
           and v.channel = n.key and v.version = n.value
      where not exists (select from sent where sent.channel = n.key and sent.version = n.value)),
   outcome as materialized (
     select array(select channel from kept where not is_known and $5::text is not null) as missing,
       array(select sent.channel from sent
               join threadkeep.checkpoint_value v on ${valueOf('sent')}
              where v.type <> sent.type or v.data <> sent.data) as changed,
       coalesce((select sum(bytes) from kept), 0) + $16::bigint
         <= ${CHECKPOINT_LIMITS.stateBytes} as has_room),
   good as (select from outcome where has_room and missing = '{}' and changed = '{}'),
   stored as (
     insert into threadkeep.checkpoint_value
       (user_id, thread_id, namespace, channel, version, type, data)
     select $1, $2, $3, sent.channel, sent.version, sent.type, sent.data from sent, good
     on conflict (user_id, thread_id, namespace, channel, version) do nothing),
   made as (
     insert into threadkeep.checkpoint (user_id, thread_id, namespace, checkpoint_id, parent_id,
       type, data, metadata_type, metadata_data, labels, channels)
     select $1, $2, $3, $4, $5, $6, decode($7, 'base64'), $8, decode($9, 'base64'), $10::jsonb,
       $11::jsonb from good
     on conflict (user_id, thread_id, namespace, checkpoint_id) do update
       set parent_id = excluded.parent_id, type = excluded.type, data = excluded.data,
         metadata_type = excluded.metadata_type, metadata_data = excluded.metadata_data,
         labels = excluded.labels, channels = excluded.channels)
   select missing, changed, has_room as "hasRoom" from outcome`,
);

/** Of one position the first write stays; those with a negative position take the place of it. */
const PUT_WRITES = ownedStatement<{ hasRoom: boolean }>(
  'checkpoint.put_writes',
  `with room as materialized (
     select coalesce(sum(${bytesOfWrite('w')}), 0) + $7::bigint
         <= ${CHECKPOINT_LIMITS.stateBytes} as has_room
       from threadkeep.checkpoint_write w
      where w.user_id = $1 and w.thread_id = $2 and w.namespace = $3 and w.checkpoint_id = $4
        and (w.task_id, w.position) not in (select $5::text, p from unnest($8::integer[]) p)),
   stored as (
     insert into threadkeep.checkpoint_write (user_id, thread_id, namespace, checkpoint_id, task_id,
       position, task_path, channel, type, data)
     select $1, $2, $3, $4, $5, s.position, $6, s.channel, s.type, decode(s.data, 'base64')
       from unnest($8::integer[], $9::text[], $10::text[], $11::text[])
           s (position, channel, type, data),
         room where room.has_room
     on conflict (user_id, thread_id, namespace, checkpoint_id, task_id, position) do update
       set task_path = excluded.task_path, channel = excluded.channel, type = excluded.type,
         data = excluded.data
       where excluded.position < 0)
   select has_room as "hasRoom" from room`,
);

const packed = (type: string, data: string): string =>
  `'type', ${type}, 'data', translate(encode(${data}, 'base64'), E'\\n', '')`;

/** A checkpoint `c` with its values and writes, as a client gets it. */
const whole = `c.thread_id as "threadId", c.namespace, c.checkpoint_id as "checkpointId",
  c.parent_id as "parentId",
  json_build_object(${packed('c.type', 'c.data')}) as checkpoint,
  json_build_object(${packed('c.metadata_type', 'c.metadata_data')}) as metadata,
  (select coalesce(json_agg(json_build_object('channel', v.channel, ${packed('v.type', 'v.data')})
       order by v.channel), '[]')
     from jsonb_each_text(c.channels) n
     join threadkeep.checkpoint_value v on v.user_id = $1 and v.thread_id = c.thread_id
       and v.namespace = c.namespace and v.channel = n.key and v.version = n.value
    where v.type <> 'empty') as values,
  (select coalesce(json_agg(json_build_object('taskId', w.task_id, 'channel', w.channel,
       ${packed('w.type', 'w.data')}) order by w.task_path, w.task_id, w.position), '[]')
     from threadkeep.checkpoint_write w where w.user_id = $1 and w.thread_id = c.thread_id
       and w.namespace = c.namespace and w.checkpoint_id = c.checkpoint_id) as writes`;

const GET = ownedStatement<CheckpointRow>(
  'checkpoint.get',
  `select ${whole} from threadkeep.checkpoint c
    where c.user_id = $1 and c.thread_id = $2 and c.namespace = $3 and c.checkpoint_id = $4`,
);

const NEWEST = ownedStatement<CheckpointRow>(
  'checkpoint.newest',
  `select ${whole} from (
     select * from threadkeep.checkpoint c
      where c.user_id = $1 and c.thread_id = $2 and c.namespace = $3
      order by c.checkpoint_id desc limit 1) c`,
);

const GET_ALL = ownedStatement<CheckpointRow>(
  'checkpoint.get_all',
  `select ${whole}
    from unnest($2::text[], $3::text[], $4::text[]) with ordinality
        p (thread_id, namespace, id, place)
    join threadkeep.checkpoint c on c.user_id = $1 and c.thread_id = p.thread_id
      and c.namespace = p.namespace and c.checkpoint_id = p.id
   order by p.place`,
);

const LIST = ownedStatement<ListedCheckpoint>(
  'checkpoint.list',
  `select c.thread_id as "threadId", c.namespace, c.checkpoint_id as "checkpointId",
     (${bytesOfCheckpoint('c')}
       + coalesce((select sum(${bytesOfValue('v')}) from jsonb_each_text(c.channels) n
           join threadkeep.checkpoint_value v on v.user_id = $1 and v.thread_id = c.thread_id
             and v.namespace = c.namespace and v.channel = n.key and v.version = n.value), 0)
       + coalesce((select sum(${bytesOfWrite('w')}) from threadkeep.checkpoint_write w
            where w.user_id = $1 and w.thread_id = c.thread_id and w.namespace = c.namespace
              and w.checkpoint_id = c.checkpoint_id), 0))::float8 as bytes
    from (
      select c.* from threadkeep.checkpoint c
       where c.user_id = $1
         and ($2::text is null or c.thread_id = $2) and ($3::text is null or c.namespace = $3)
         and ($4::text is null or c.checkpoint_id = $4)
         and ($5::text is null or c.checkpoint_id < $5)
         and ($7::text is null
           or (c.checkpoint_id, c.thread_id, c.namespace) < ($7::text, $8::text, $9::text))
         and c.labels @> $6::jsonb
       order by c.checkpoint_id desc, c.thread_id desc, c.namespace desc limit $10) c
   order by c.checkpoint_id desc, c.thread_id desc, c.namespace desc`,
  { slow: true },
);

const USAGE = ownedStatement<Amounts>(
  'checkpoint.usage',
  `select (select count(*) from threadkeep.checkpoint where user_id = $1)::float8 as checkpoints,
     ((select coalesce(sum(${bytesOfCheckpoint('c')}), 0)
         from threadkeep.checkpoint c where user_id = $1)
      + (select coalesce(sum(${bytesOfValue('v')}), 0)
           from threadkeep.checkpoint_value v where user_id = $1)
      + (select coalesce(sum(${bytesOfWrite('w')}), 0)
           from threadkeep.checkpoint_write w where user_id = $1))::float8 as "checkpointBytes"`,
  { slow: true },
);

@Injectable()
export class CheckpointsRepository implements OnModuleInit {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly quotas: Quotas,
    private readonly merges: MergeSteps,
  ) {}

  onModuleInit(): void {
    this.merges.keepApart('checkpoint__thread', 'checkpoint', 'thread_id');
    this.quotas.register({ area: 'checkpoints', statement: USAGE });
  }

  /** Call it in a transaction, before any write. */
  async takeTurn(threadId: string): Promise<void> {
    await this.database.write(TAKE_TURN, [this.database.userId, threadId]);
  }

  async put(made: NewCheckpoint): Promise<PutOutcome> {
    const { threadId, namespace, checkpointId, parentId, checkpoint, metadata, values } = made;
    const [outcome] = await this.database.write(PUT, [
      ...[threadId, namespace, checkpointId, parentId, checkpoint.type, checkpoint.data],
      ...[metadata.type, metadata.data, JSON.stringify(made.labels), JSON.stringify(made.channels)],
      values.map(({ channel }) => channel),
      values.map(({ version }) => version),
      values.map(({ type }) => type),
      values.map(({ data }) => data),
      made.valueBytes,
    ]);
    return outcome!;
  }

  /** Returns false, and writes nothing, when the writes after the checkpoint would be too large. */
  async putWrites(made: NewWrites): Promise<boolean> {
    const { threadId, namespace, checkpointId, taskId, taskPath, writes, bytes } = made;
    const [outcome] = await this.database.write(PUT_WRITES, [
      ...[threadId, namespace, checkpointId, taskId, taskPath, bytes],
      writes.map(({ position }) => position),
      writes.map(({ channel }) => channel),
      writes.map(({ type }) => type),
      writes.map(({ data }) => data),
    ]);
    return outcome!.hasRoom;
  }

  /** @param checkpointId null for the newest */
  async find(
    threadId: string,
    namespace: string,
    checkpointId: string | null,
  ): Promise<CheckpointRow | null> {
    const rows =
      checkpointId === null
        ? await this.database.read(NEWEST, [threadId, namespace])
        : await this.database.read(GET, [threadId, namespace, checkpointId]);
    return rows[0] ?? null;
  }

  /** Newest first. */
  list(search: CheckpointSearch): Promise<ListedCheckpoint[]> {
    const { threadId, namespace, checkpointId, before, filter, after, limit } = search;
    return this.database.read(LIST, [
      ...[threadId, namespace, checkpointId, before, filter],
      ...[after?.checkpointId ?? null, after?.threadId ?? null, after?.namespace ?? null, limit],
    ]);
  }

  getAll(places: CheckpointPlace[]): Promise<CheckpointRow[]> {
    return this.database.read(GET_ALL, [
      places.map(({ threadId }) => threadId),
      places.map(({ namespace }) => namespace),
      places.map(({ checkpointId }) => checkpointId),
    ]);
  }

  /** Call it outside of a transaction, which would make a user who is not there. */
  async hasThread(threadId: string): Promise<boolean> {
    return (await this.database.read(HAS_THREAD, [threadId])).length > 0;
  }

  /** Keeps the newest of a thread, with what they need. */
  async prune(threadId: string, keep: number): Promise<void> {
    await this.database.write(PRUNE, [threadId, keep]);
    await this.database.write(PRUNE_WRITES, [threadId, keep]);
  }

  /** Looks at all values of a thread. */
  async pruneValues(threadId: string): Promise<void> {
    await this.database.write(PRUNE_VALUES, [threadId]);
  }
}
