import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PROJECT } from '../support/npm.js';

const IMPORTED = /^(?:import|export)\s(?:[^'"]*\sfrom\s)?'([^']+)'/gm;

/** Returns the packages that a compiled file loads when it starts, itself or through other files. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const names = [...readFileSync(file, 'utf8').matchAll(IMPORTED)].map(([, name]) => name!);
  return names.flatMap((name) =>
    name.startsWith('.') ? packagesOf(join(dirname(file), name), seen) : [name],
  );
}

describe('a command that calls the API', () => {
  it.each(['import-command', 'export-command'])(
    'starts at once: %s loads the modules of Node only',
    (name) => {
      const packages = packagesOf(join(PROJECT, `dist/src/cli/${name}.js`));
      expect(packages).toContain('node:fs');
      expect(packages.filter((one) => !one.startsWith('node:'))).toEqual([]);
    },
  );
});
