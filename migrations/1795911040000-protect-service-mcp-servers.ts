import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A server of the service says whether a user's server of its name may be served in its place: none does until it says so. */
export class ProtectServiceMcpServers1795911040000 implements MigrationInterface {
  name = 'ProtectServiceMcpServers1795911040000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table threadkeep.service_mcp_server add column overridable boolean not null default false`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.service_mcp_server drop column overridable`);
  }
}
