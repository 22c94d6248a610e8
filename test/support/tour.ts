// Pastes the README's tour into a real shell.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from './npm.js';

/** How each shell reads pasted lines: interactive, and without the files of this machine's user. */
export const SHELLS = {
  bash: ['--norc', '--noprofile', '-i'],
  // Interactive zsh takes no comments, as it is by default on every Mac.
  zsh: ['-f', '-i', '-s'],
} as const;

const HOW_TO_INSTALL =
  'Install it (Debian: apt-get install zsh) and run npm run test:faults again.';
const LIMIT_MS = 120_000;

/** @returns the shell block under "A short tour" */
export function tourOfReadme(): string {
  const text = readFileSync(join(PROJECT, 'README.md'), 'utf8');
  const block = /## A short tour[\s\S]*?```sh\n([\s\S]*?)```/.exec(text)?.[1];
  if (block === undefined) throw new Error('the README has no tour');
  return block;
}

/** @returns the lines of the block that call the API, in order, without what they are stored in */
export const callsOf = (block: string): string[] =>
  block.split('\n').filter((line) => /^(\w+=\$\()?ask /.test(line));

export interface Pasted {
  /** What the commands wrote, line by line. */
  lines: string[];
  /** What the shell wrote besides its prompts. */
  complaints: string;
}

/** Runs the block in the shell. @throws Error that says how to get the shell when it is not there */
export async function paste(
  shell: keyof typeof SHELLS,
  block: string,
  environment: Record<string, string>,
): Promise<Pasted> {
  const child = spawn(shell, SHELLS[shell], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: '/',
      PS1: '',
      PS2: '',
      PROMPT: '',
      ...environment,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (error) =>
      reject(new Error(`${shell}: ${error.message}. ${HOW_TO_INSTALL}`)),
    );
    child.once('close', () => resolve());
  });
  child.stdin.end(`${block}\nexit\n`);
  await ended;
  return { lines: output.split('\n').filter((line) => line.startsWith('{')), complaints: errors };
}
