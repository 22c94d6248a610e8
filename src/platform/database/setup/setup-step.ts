// What a module needs of the database besides its migrations.
import type pg from 'pg';
import type { DatabaseRoles } from './database-roles.js';

/**
 * A part of the schema that depends on the server or on a library. `migrate` installs it after the
 * migrations.
 */
export interface SetupStep {
  /**
   * Gives a SQL expression: true when there is nothing to install. An error about a missing table
   * or schema counts as false.
   */
  isCurrent: () => Promise<string>;
  /**
   * Runs as the owner of the schema, under the migration lock. Does nothing when there is nothing
   * to install.
   */
  install: (client: pg.Client, roles: DatabaseRoles) => Promise<void>;
}
