import type { MigrationInterface, QueryRunner } from 'typeorm';
import { estimateByAverage } from '../src/platform/database/setup/row-level-security.js';

const OWNED = `
  select c.relname as name, c.reltuples > 0 as analyzed
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
   where n.nspname = 'threadkeep' and c.relkind = 'r' and a.attname = 'user_id' and not a.attisdropped
   order by 1`;

/** Tables made from now on are estimated so from the start, by `protectTable`. */
export class EstimateOwnersByAverage1795911080000 implements MigrationInterface {
  name = 'EstimateOwnersByAverage1795911080000';

  async up(runner: QueryRunner): Promise<void> {
    const tables = (await runner.query(OWNED)) as { name: string; analyzed: boolean }[];
    for (const { name, analyzed } of tables) {
      await estimateByAverage(runner, name);
      // Statistics made before have the long list of owners in them.
      if (analyzed) await runner.query(`analyze threadkeep.${name} (user_id)`);
    }
  }

  /** Nothing: plans are right with it, also for an older version. */
  async down(): Promise<void> {}
}
