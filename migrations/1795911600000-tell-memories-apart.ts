import type { MigrationInterface, QueryRunner } from 'typeorm';

/** White space as JavaScript knows it, in a regular expression of PostgreSQL. */
const WHITE_SPACE = String.raw`[\u0009-\u000d\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+`;

/** As `computeFingerprint` at this migration, byte for byte. */
const FINGERPRINT = `
  substring(sha256(convert_to('[' || concat_ws(',', to_json(kind)::text,
    coalesce(to_json(agent_id)::text, 'null'), coalesce(to_json(conversation_id)::text, 'null'),
    coalesce(case when kind = 'episode'
      then to_json(to_char(valid_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))::text end, 'null'),
    to_json(case when char_length(form) > 1 then regexp_replace(form, '[.。]$', '') else form end)::text)
    || ']', 'UTF8')) from 1 for 16)`;

/**
 * A current memory gets no fingerprint when another one of the user has it already. Those of earlier
 * versions may be equal.
 */
const COMPUTE_ANEW = `
  update threadkeep.memory m
     set fingerprint = case when m.superseded_at is not null or counted.nth = 1
           then counted.fingerprint end
    from (
      select user_id, id, version, fingerprint,
             row_number() over (partition by user_id, fingerprint, superseded_at is null
               order by recorded_at, id) as nth
        from (
          select user_id, id, version, recorded_at, superseded_at, ${FINGERPRINT} as fingerprint
            from (
              select *, btrim(regexp_replace(normalize(content, NFC), '${WHITE_SPACE}', ' ', 'g')) as form
                from threadkeep.memory
               where fingerprint is not null and label is null) fingerprinted
        ) computed
    ) counted
   where m.user_id = counted.user_id and m.id = counted.id and m.version = counted.version`;

/**
 * Computes the fingerprints of all memories anew. Two texts are the same only when they are equal in
 * Unicode's composed form, but for white space and one final stop; before, `5 mg` and `.5 mg` were.
 * Earlier versions get theirs, too: a rollback copies it. Those of blocks stay.
 */
export class TellMemoriesApart1795911600000 implements MigrationInterface {
  name = 'TellMemoriesApart1795911600000';

  async up(runner: QueryRunner): Promise<void> {
    // An owner that is no superuser sees no rows while the policies bind it.
    await runner.query(`alter table threadkeep.memory no force row level security`);
    await runner.query(`drop index threadkeep.memory__fingerprint`);
    await runner.query(COMPUTE_ANEW);
    await runner.query(
      `create unique index memory__fingerprint on threadkeep.memory (user_id, fingerprint)
         where superseded_at is null and fingerprint is not null`,
    );
    await runner.query(`alter table threadkeep.memory force row level security`);
  }

  /** Nothing: for an earlier version, memories from before are other memories. */
  async down(): Promise<void> {}
}
