// `threadkeep doctor`: one line for each thing that a server needs.
import 'reflect-metadata';
import { type Config, ConfigError, loadConfig } from '../../platform/config/config.js';
import {
  DatabaseSetupError,
  DataDirectoryInUseError,
  locateDataDirectory,
} from '../../platform/database/index.js';
import { parsedArgs, type Terminal, UsageError } from '../terminal.js';
import { embeddedDatabase, serverDatabase } from './database-checks.js';
import { fail, type Finding, lineOf, ok, warn } from './finding.js';
import { disk, embedder, misspelt, nodeVersion, port, redis, vaultKeys } from './machine-checks.js';
import { askServer } from './running-server.js';

const USAGE = `Usage: threadkeep doctor

Checks the settings, the database and the machine, and changes nothing. Each line begins with ok, warn or fail; what
is not ok says what to do. While a server runs on the data directory, the database is checked through it.`;

/** @returns 0 when nothing fails, else 1 */
export async function runDoctor(args: string[], { out, error }: Terminal): Promise<0 | 1> {
  try {
    const options = { help: { type: 'boolean', short: 'h' } } as const;
    if (parsedArgs({ args, options }, USAGE).values.help) return (out(USAGE), 0);
    const findings = await examine(loadConfig());
    for (const one of findings) out(lineOf(one));
    return findings.some(({ state }) => state === 'fail') ? 1 : 0;
  } catch (failure) {
    if (failure instanceof ConfigError) out(lineOf(fail('settings', failure.message)));
    else if (failure instanceof UsageError) error(failure.message);
    else throw failure;
    return 1;
  }
}

async function examine(config: Config): Promise<Finding[]> {
  const isEmbedded = !config.databaseUrl && !config.databaseAdminUrl;
  const directory = isEmbedded ? await locateDataDirectory(config.dataDir) : null;
  const server = await askServer(config);
  return [
    nodeVersion(),
    ...misspelt(),
    ...(directory === null ? await serverDatabase(config) : await ofDirectory(directory, server)),
    ...(await redis(config)),
    await vaultKeys(config, directory),
    embedder(config),
    ...(directory === null ? [] : [await disk(directory)]),
    await port(config, server !== null),
  ];
}

/** @param server what a running server says, or null */
async function ofDirectory(directory: string, server: Finding[] | null): Promise<Finding[]> {
  try {
    return await embeddedDatabase(directory);
  } catch (error) {
    if (error instanceof DataDirectoryInUseError)
      return [
        ok('data', `a server runs on ${directory}: stop it to have roles and policies checked`),
        ...(server ?? [
          warn('server', 'it does not answer at HOST and PORT: set them as it has them.'),
        ]),
      ];
    if (error instanceof DatabaseSetupError) return [fail('database', error.message)];
    throw error;
  }
}
