// Runs a program that uses a published client, in a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { systemEnvironment } from '../support/npm.js';

/** Ends a program that waits for what does not come. */
const TIMEOUT_MS = 150_000;

/**
 * Gives a program its input as JSON, and returns the JSON that it prints.
 * @throws Error with what it wrote to stderr when it fails
 */
export async function runProgram<T>(
  file: string,
  environment: Record<string, string>,
  input: unknown = null,
  { interpreter = process.execPath, args = [] as string[] } = {},
): Promise<T> {
  const child = spawn(interpreter, [file, ...args], {
    env: { ...systemEnvironment(), ...environment },
    timeout: TIMEOUT_MS,
  });
  child.stdin.end(JSON.stringify(input));
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new Error(`${file} ended with ${code}:\n${errors}`);
  return JSON.parse(output) as T;
}
