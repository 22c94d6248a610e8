import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a key may do, until when, and when it was last used. */
export class ScopeApiKeys1795911050000 implements MigrationInterface {
  name = 'ScopeApiKeys1795911050000';

  async up(runner: QueryRunner): Promise<void> {
    // Null for a key of the version before, which keeps what its kind had: see `scopesOf`.
    await runner.query(`
      alter table threadkeep.api_key
        add column scopes text[] constraint api_key__scopes_known check (
          scopes <@ array['act', 'read', 'write', 'admin', 'keys', 'secrets', 'import']
          and cardinality(scopes) between 1 and 7),
        add column expires_at timestamptz(3),
        add column last_used_at timestamptz(3),
        add constraint api_key__expires_later check (expires_at > created_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table threadkeep.api_key
        drop column scopes, drop column expires_at, drop column last_used_at`);
  }
}
