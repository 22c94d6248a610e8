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

  /** The comment lines right before each setting, as one text. */
  const comments = new Map(
    [...text.matchAll(/((?:^# .*\n)+)([A-Z_]+)=/gm)].map(([, comment, name]) => [
      name!,
      comment!.replaceAll(/^# /gm, '').replaceAll('\n', ' ').trim(),
    ]),
  );

  it.each(Object.entries(example))(
    'says of %s in its own comment what holds when it is not set',
    (name, value) => {
      const expected = value === '' ? /\bWithout it\b/ : / Default: (\S+)\.$/;
      const found = expected.exec(comments.get(name) ?? '');
      expect([name, comments.get(name), found !== null]).toEqual([name, expect.anything(), true]);
      if (value !== '') expect(found![1]).toBe(value);
    },
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
