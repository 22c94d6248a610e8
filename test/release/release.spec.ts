// What is released: exact packages from no particular registry, and an image of them that has nothing else in it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PROJECT } from '../support/npm.js';

const read = (name: string): string => readFileSync(join(PROJECT, name), 'utf8');
const linesOf = (name: string): string[] =>
  read(name)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

type Versions = Record<string, string>;
interface Manifest {
  workspaces: string[];
  dependencies: Versions;
  optionalDependencies: Versions;
  devDependencies: Versions;
}
interface Locked extends Manifest {
  version: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
}
const manifest = JSON.parse(read('package.json')) as Manifest;
const lock = JSON.parse(read('package-lock.json')) as {
  packages: Record<string, Locked>;
};

describe('the packages of production', () => {
  const production = { ...manifest.dependencies, ...manifest.optionalDependencies };

  it.each(Object.entries(production))(
    'have an exact version, the one of the lock file: %s %s',
    (name, version) => {
      expect(version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
      expect(lock.packages[`node_modules/${name}`]!.version).toBe(version);
    },
  );

  it('are the same in both files, with what is for development', () => {
    const { dependencies, devDependencies, optionalDependencies } = lock.packages['']!;
    expect({ dependencies, devDependencies, optionalDependencies }).toEqual({
      dependencies: manifest.dependencies,
      devDependencies: manifest.devDependencies,
      optionalDependencies: manifest.optionalDependencies,
    });
  });

  it('are locked by their content, and to no registry', () => {
    // Workspaces are folders of this repository, and links to them.
    const { workspaces } = manifest;
    for (const folder of workspaces) {
      const links = Object.values(lock.packages).filter(({ resolved }) => resolved === folder);
      expect(links).toEqual([{ resolved: folder, link: true }]);
    }
    const ours = (path: string, { link, resolved = '' }: Locked) =>
      ['', ...workspaces].includes(path) || (link === true && workspaces.includes(resolved));
    const locked = Object.entries(lock.packages).filter(([path, one]) => !ours(path, one));
    expect(
      locked.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path),
    ).toEqual([]);
    // npm unpacks what is bundled from the package that it is in.
    expect(
      locked.filter(([, one]) => !one.integrity && !('inBundle' in one)).map(([path]) => path),
    ).toEqual([]);
  });

  it('stay exact when one is added', () => {
    expect(linesOf('.npmrc')).toEqual(['save-exact=true', 'omit-lockfile-registry-resolved=true']);
  });
});

describe('the image', () => {
  const dockerfile = read('Dockerfile');
  const stages = dockerfile.split(/^FROM /m).slice(1);
  const final = stages.at(-1)!;
  /** What COPY takes from the builder's context, in any stage. */
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)]
    .flatMap(([, sources]) => sources!.split(' '))
    .map((source) => source.replace(/^\.\//, ''));

  it('is built from nothing but what it copies: secrets, data, history and tests do not get to the builder', () => {
    const [first, ...rules] = linesOf('.dockerignore');
    expect(first).toBe('*');
    const allowed = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1));
    expect([...new Set(copied)].sort()).toEqual(allowed.sort());
    const there = readdirSync(PROJECT);
    for (const name of allowed) expect(there).toContain(name.replace(/\/\*\.md$/, ''));
    for (const secret of ['.env', '.git', '.threadkeep', 'node_modules', 'test', 'dist'])
      expect(allowed).not.toContain(secret);
    expect(rules).toEqual(expect.arrayContaining(['**/*.spec.ts', '**/.env*']));
  });

  it('has the packages of production, dist, and nothing that builds', () => {
    expect(final.match(/^COPY .*$/gm)).toEqual([
      'COPY package.json LICENSE ./',
      'COPY --from=packages /app/node_modules ./node_modules',
      'COPY --from=build /app/dist ./dist',
      'COPY docs/*.md ./docs/',
    ]);
    expect(stages.find((stage) => stage.includes('AS packages'))).toContain('npm ci --omit=dev');
    expect(final).not.toMatch(/^RUN (npm|apt)/m);
  });

  it('runs node itself as a user that is not root, and asks it for its health', () => {
    expect(final).toMatch(/^USER node$/m);
    expect(final).toMatch(/^CMD \["node", "--max-semi-space-size=32", "dist\/src\/main\.js"\]$/m);
    expect(final).toMatch(/^HEALTHCHECK [^]+?CMD \["node", "-e", "fetch\([^\n]+\/health\/live'\)/m);
    expect(final).not.toMatch(/^ENTRYPOINT/m);
    expect((JSON.parse(read('package.json')) as { scripts: Versions }).scripts['start']).toBe(
      'node --max-semi-space-size=32 dist/src/main.js',
    );
  });

  it('is what docker compose runs', () => {
    const compose = read('docker-compose.yml');
    expect(compose).toMatch(/^ {4}build: \.$/m);
    expect(compose).not.toContain('dockerfile_inline');
    // Its Redis is not open to whoever can reach it.
    expect(compose).toContain("'--requirepass'");
  });
});
