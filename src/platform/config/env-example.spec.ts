import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from './config.js';
import { environmentSchema } from './environment-schema.js';

describe('.env.example', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../.env.example'), 'utf8');
  const example = Object.fromEntries(
    text
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line))
      .map((line) => line.split(/=(.*)/s) as [string, string]),
  );

  it('names every variable of the schema', () => {
    expect(Object.keys(example)).toEqual(
      expect.arrayContaining(Object.keys(environmentSchema.shape)),
    );
  });

  it('names no others but those of the importer', () => {
    const known = new Set([
      ...Object.keys(environmentSchema.shape),
      'THREADKEEP_URL',
      'THREADKEEP_API_KEY',
    ]);
    expect(Object.keys(example).filter((name) => !known.has(name))).toEqual([]);
  });

  it('shows the defaults', () => {
    expect(loadConfig(example)).toEqual(loadConfig({}));
  });
});
