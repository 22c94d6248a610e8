// The TypeScript client as it is published: small, without Node, and its README's program runs.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../../support/app.js';
import { startModelStandIn, type ModelStandIn } from '../../support/model-stand-in.js';
import { PROJECT, systemEnvironment } from '../../support/npm.js';
import { gate } from '../../support/talk.js';

const PACKAGE = join(PROJECT, 'clients/typescript');
const MAX_GZIPPED_BYTES = 15_000;

const tsc = (...args: string[]) =>
  promisify(execFile)(process.execPath, [
    join(PROJECT, 'node_modules/typescript/bin/tsc'),
    ...args,
  ]);

let standIn: ModelStandIn;
let api: TestApp;
let url: string;
let directory: string;
beforeAll(async () => {
  await tsc('-p', PACKAGE);
  directory = await mkdtemp(join(PROJECT, 'test/clients/typescript/.program-'));
  standIn = await startModelStandIn();
  api = await createTestApp(standIn.environmentFor('openai'));
  url = await api.listen();
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  await api.close();
  await standIn.close();
});

/** What importing a file loads, this file included. */
async function modulesOf(
  file: string,
  found = new Map<string, string>(),
): Promise<Map<string, string>> {
  if (found.has(file)) return found;
  const text = await readFile(join(PACKAGE, 'dist', file), 'utf8');
  found.set(file, text);
  for (const [, name] of text.matchAll(/(?:from|import) '([^']+)'/g)) {
    expect(name).toMatch(/^\.\/[\w-]+\.js$/);
    await modulesOf(name!.slice(2), found);
  }
  return found;
}

describe('the package @threadkeep/client', () => {
  it('has a core of less than 15 kB, which imports nothing but itself', async () => {
    const modules = await modulesOf('index.js');
    const gzipped = [...modules.values()].map((text) => gzipSync(text).length);
    expect(gzipped.reduce((sum, bytes) => sum + bytes)).toBeLessThan(MAX_GZIPPED_BYTES);
  });

  it('has all that its exports name, and types for it', async () => {
    const { exports, dependencies } = JSON.parse(
      await readFile(join(PACKAGE, 'package.json'), 'utf8'),
    ) as { exports: Record<string, Record<string, string>>; dependencies?: unknown };
    for (const file of Object.values(exports).flatMap((targets) => Object.values(targets)))
      expect([file, existsSync(join(PACKAGE, file))]).toEqual([file, true]);
    expect(dependencies).toBeUndefined();
    expect((await readdir(join(PACKAGE, 'dist'))).filter((name) => /spec|test/.test(name))).toEqual(
      [],
    );
  });
});

describe('the program in the README of the client', () => {
  const run = () => {
    const child = spawn(process.execPath, [join(directory, 'program.js')], {
      env: {
        ...systemEnvironment(),
        THREADKEEP_URL: url,
        THREADKEEP_API_KEY: api.serviceKey,
      },
    });
    const program = { child, output: '', closed: once(child, 'close') };
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (program.output += chunk.toString()));
    return program;
  };

  it('compiles under strict rules without a cast', async () => {
    const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8');
    const program = /^```ts\n([^]+?)^```$/m.exec(readme)![1]!;
    expect(program).not.toMatch(/ as |: any|@ts-/);
    await writeFile(join(directory, 'program.ts'), program);
    const config = {
      compilerOptions: {
        ...{ module: 'nodenext', target: 'es2022', types: ['node'], strict: true },
        ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
      },
      files: ['program.ts'],
    };
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config));
    await writeFile(join(directory, 'package.json'), '{"type":"module"}');
    const { stdout } = await tsc('-p', directory);
    expect(stdout).toBe('');
  });

  it('chats and remembers, and goes on after it was killed in the middle of a reply', async () => {
    const { open, until } = gate();
    standIn.next({ text: ['At ', 'the ', 'market.'], hold: { afterDeltas: 2, until } });
    const killed = run();
    while (!killed.output.includes('At the ')) await once(killed.child.stdout, 'data');
    expect(killed.output).toContain('Is allergic to peanuts');
    killed.child.kill('SIGKILL');
    await killed.closed;
    const resumed = run();
    while (!resumed.output.includes('At the ')) await once(resumed.child.stdout, 'data');
    open();
    expect(await resumed.closed).toEqual([0, null]);
    expect(resumed.output).toContain('At the market.\ncompleted');
    expect(resumed.output).toMatch(/1 user Where shall we eat\?\n2 assistant At the market\.\n$/);
    expect(standIn.requests).toHaveLength(1);
    const known = await api.actingFor('ada').get('/v1/memories').expect(200);
    expect(known.body.data).toMatchObject([{ strength: 2 }]);
  });
});
