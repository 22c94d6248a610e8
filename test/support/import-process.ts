// Runs `threadkeep import` in a process of its own, as a person does.
import { type ChildProcess, spawn } from 'node:child_process';
import { PROJECT } from './npm.js';

export interface Ended {
  code: number | null;
  out: string[];
  error: string[];
}

/**
 * As `threadkeep import ...` does, with the key in the environment.
 * @param watch is given the process as soon as it runs
 */
export function runImport(
  args: string[],
  env: Record<string, string>,
  watch: (child: ChildProcess) => void = () => undefined,
): Promise<Ended> {
  const child = spawn(process.execPath, ['dist/src/cli/threadkeep.js', 'import', ...args], {
    cwd: PROJECT,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 50_000,
  });
  watch(child);
  const text = { out: '', error: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text.error += chunk.toString()));
  const lines = (given: string) => given.split('\n').filter((line) => line !== '');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code, out: lines(text.out), error: lines(text.error) }),
    );
  });
}
