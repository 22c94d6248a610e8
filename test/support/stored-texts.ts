// Finds texts that are stored anywhere in the database.
import type { TestApp } from './app.js';

/** Lists the tables that have a word in any row. */
export async function tablesWith({ database }: TestApp, word: string): Promise<string[]> {
  const { rows } = await database.admin(
    `select table_name as name from information_schema.tables where table_schema = 'threadkeep' and table_type = 'BASE TABLE'`,
  );
  const found: string[] = [];
  for (const { name } of rows) {
    const { rowCount } = await database.admin(
      `select from threadkeep.${name as string} t where t::text ilike $1 limit 1`,
      [`%${word}%`],
    );
    if (rowCount) found.push(name as string);
  }
  return found;
}
