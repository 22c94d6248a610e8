// What a started server has loaded.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT } from './npm.js';
import { Started } from './processes.js';

const RECORDER = pathToFileURL(join(PROJECT, 'test/support/loaded-modules.mjs')).href;

/**
 * Starts a server, uses it and stops it.
 * @returns names of the packages that it loaded
 */
export async function packagesLoaded(
  environment: Record<string, string>,
  use: (url: string) => Promise<unknown>,
): Promise<Set<string>> {
  const directory = await mkdtemp(join(tmpdir(), 'threadkeep-loaded-'));
  const file = join(directory, 'loaded');
  const one = Started.run({
    ...environment,
    NODE_OPTIONS: `--import ${RECORDER}`,
    LOADED_MODULES: file,
  });
  try {
    await use(await one.url());
    await one.kill('SIGTERM');
    const loaded = await readFile(file, 'utf8');
    const names = loaded.matchAll(
      /node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\/(?![^\n]*node_modules\/)/g,
    );
    return new Set([...names].map(([, name]) => name!));
  } finally {
    if (!one.ended) await one.kill('SIGKILL');
    await rm(directory, { recursive: true });
  }
}
