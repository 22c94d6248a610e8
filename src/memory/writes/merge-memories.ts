// Puts the memories of a merged user behind those of the other user, as if they were written now:
// indexes then find them. An undo parts them again.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ScopedDatabase, statement } from '../../platform/database/index.js';
import { type MergeStep, MergeSteps } from '../../users/index.js';
import { utc } from '../memory-row.js';
import { SealedMemories } from '../sealing/sealed-memories.js';
import { hasSealed } from '../sealing/sealed-words.js';
import { computeFingerprint, type Fingerprinted } from './fingerprint.js';

/** A version that lost its fingerprint to the same memory of the other user. */
type SameMemory = [id: string, version: number];

/** Without the fingerprint itself, which tells something about the text. */
const SAME_MEMORIES = statement<{ entry: SameMemory }>(
  'memory.same_of_users',
  `select jsonb_build_array(m.id, m.version) as entry from threadkeep.memory m
    where m.user_id = $1 and m.superseded_at is null and m.fingerprint in (
      select o.fingerprint from threadkeep.memory o where o.user_id = $2
         and o.superseded_at is null and o.fingerprint is not null)`,
);

/**
 * Nothing happens when the other user has no memories: then the head moves, too. The same memory of
 * both users stays twice, and has a fingerprint once. Counting a purge makes each index new, also
 * of times in the past.
 */
const JOIN_HEADS = statement(
  'memory.join_heads',
  `with mine as (select * from threadkeep.memory_head where user_id = $2 for update),
     theirs as (select * from threadkeep.memory_head where user_id = $1 for update),
     versions as (
       update threadkeep.memory m set revision = m.revision + mine.revision,
         fingerprint = case when m.superseded_at is null and m.fingerprint in (
           select o.fingerprint from threadkeep.memory o where o.user_id = $2
              and o.superseded_at is null and o.fingerprint is not null)
           then null else m.fingerprint end
         from mine where m.user_id = $1),
     vectors as (
       update threadkeep.memory_embedding e set arrival = e.arrival + mine.embedded
         from mine where e.user_id = $1),
     joined as (
       update threadkeep.memory_head h set revision = mine.revision + theirs.revision,
         moment = greatest(clock_timestamp(), mine.moment + interval '1 millisecond',
           theirs.moment + interval '1 millisecond'),
         purged = mine.purged + theirs.purged + 1, embedded = mine.embedded + theirs.embedded
         from mine, theirs where h.user_id = $2)
   delete from threadkeep.memory_head h using mine, theirs where h.user_id = theirs.user_id`,
);

/**
 * Both heads go on from where the common one was, so no revision is given twice, also when no memory
 * of the user is left. Counting a purge makes each index new.
 */
const PART_HEADS = statement(
  'memory.part_heads',
  `with common as (
     update threadkeep.memory_head set purged = purged + 1,
       moment = greatest(clock_timestamp(), moment + interval '1 millisecond')
      where user_id = $2 returning *)
   insert into threadkeep.memory_head (user_id, revision, moment, purged, embedded, embedded_to,
     embedded_by)
   select $1, revision, moment, purged, embedded, embedded_to, embedded_by from common`,
);

const UNKNOWN = statement<Fingerprinted & { id: string; version: number }>(
  'memory.without_fingerprint',
  `select m.id, m.version, m.kind, m.label, m.content, m.agent_id as "agentId",
          m.conversation_id as "conversationId", ${utc('m.valid_from')} as "validFrom"
     from threadkeep.memory m
     join jsonb_to_recordset($2::jsonb) as g (id uuid, version integer) using (id, version)
    where m.user_id = $1 and m.fingerprint is null and m.superseded_at is null
      and m.content is not null`,
);

/** Leaves a memory without a fingerprint when another has it by now. */
const RECOGNISE = statement(
  'memory.recognise',
  `update threadkeep.memory m set fingerprint = g.fingerprint
     from unnest($2::uuid[], $3::integer[], $4::bytea[]) as g (id, version, fingerprint)
    where m.user_id = $1 and m.id = g.id and m.version = g.version and not exists (
      select from threadkeep.memory o where o.user_id = $1 and o.superseded_at is null
         and o.fingerprint = g.fingerprint)`,
);

@Injectable()
export class MergeMemories implements MergeStep, OnModuleInit {
  readonly name = 'memories';
  /** A block is found by its label, so two with the same label cannot stand. */
  readonly settles = { memory_head__pk: 'true', memory__fingerprint: 'label is null' };

  constructor(
    private readonly database: ScopedDatabase,
    private readonly steps: MergeSteps,
    private readonly sealing: SealedMemories,
  ) {}

  onModuleInit(): void {
    this.steps.register(this);
  }

  async run(from: string, to: string): Promise<SameMemory[]> {
    const same = await this.database.write(SAME_MEMORIES, [from, to]);
    await this.database.write(JOIN_HEADS, [from, to]);
    return same.map(({ entry }) => entry);
  }

  async undo(from: string, to: string, kept: readonly SameMemory[]): Promise<void> {
    await this.database.write(PART_HEADS, [from, to]);
    if (kept.length === 0) return;
    const given = JSON.stringify(kept.map(([id, version]) => ({ id, version })));
    const stored = await this.database.write(UNKNOWN, [from, given]);
    const sealed = new Set(stored.filter(hasSealed).map(({ id }) => id));
    const found = await this.sealing.openKnownOf(from, stored);
    await this.database.write(RECOGNISE, [
      from,
      found.map(({ id }) => id),
      found.map(({ version }) => version),
      found.map((memory) => this.fingerprintOf(memory, sealed)),
    ]);
  }

  private fingerprintOf(memory: Fingerprinted & { id: string }, sealed: Set<string>): Buffer {
    const fingerprint = computeFingerprint(memory);
    return sealed.has(memory.id) ? this.sealing.mark(fingerprint) : fingerprint;
  }
}
