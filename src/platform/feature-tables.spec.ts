import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const platform = import.meta.dirname;
const source = join(platform, '..');

/** Every scope names its owner, so the platform may name the table of users. */
const ALLOWED = new Set(['app_user']);

const filesIn = (directory: string, ending: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending) && !file.endsWith('.spec.ts'))
    .map((file) => join(directory, file));

const isOfPlatform = (file: string): boolean => file.startsWith(`${platform}/`);

const tablesOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/@Entity\(\{[^}]*name: '(\w+)'/g)].map(
    ([, name]) => name!,
  );

const featureTables = filesIn(source, '.entity.ts')
  .filter((file) => !isOfPlatform(file))
  .flatMap(tablesOf)
  .filter((table) => !ALLOWED.has(table));

/** A table in SQL (`threadkeep.memory`), or something named after it (`memory__owner`). */
const featureTable = new RegExp(
  `\\b(?:threadkeep\\.(?:${featureTables.join('|')})\\b|(?:${featureTables.join('|')})__\\w+)`,
  'g',
);

describe('the SQL of src/platform', () => {
  it('is checked against the tables of all features', () => {
    expect(featureTables).toEqual(
      expect.arrayContaining(['agent_config', 'api_key', 'conversation', 'memory', 'task']),
    );
  });

  it('names no table of a feature', () => {
    const found = filesIn(platform, '.ts').flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(featureTable)].map(
        ([name]) => `${relative(source, file)}: ${name}`,
      ),
    );
    expect(found).toEqual([]);
  });
});
