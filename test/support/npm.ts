// Runs a script of package.json as a person would, on a database of the test.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { environmentSchema } from '../../src/platform/config/environment-schema.js';

export interface Finished {
  code: number | null;
  output: string;
}

export const PROJECT = join(import.meta.dirname, '..', '..');

/** What a child process needs to run at all. */
export const systemEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  LANG: 'C.UTF-8',
});

/** Blank: a `.env` file of this directory, if somebody has one, does not reach the tests. */
const UNSET = Object.fromEntries(
  [...Object.keys(environmentSchema.shape), 'THREADKEEP_URL', 'THREADKEEP_API_KEY'].map((name) => [
    name,
    '',
  ]),
);

/** What a child process inherits of our environment: nothing that would configure Threadkeep. */
export const plainEnvironment = (): NodeJS.ProcessEnv => ({ ...UNSET, ...systemEnvironment() });

export async function npmRun(
  args: string[],
  environment: Record<string, string>,
): Promise<Finished> {
  const child = spawn('npm', ['run', '--silent', ...args], {
    cwd: PROJECT,
    env: { ...plainEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}
