// `threadkeep api-keys create|list|revoke`: through a running server, or in its database.
import {
  ClientConfigError,
  loadClientConfig,
  namesServer,
} from '../../platform/config/client-config.js';
import { ConfigError } from '../../platform/config/config.js';
import { EnvFileError } from '../../platform/config/env-file.js';
import { DatabaseSetupError, DataDirectoryInUseError } from '../../platform/database/index.js';
import { AppError } from '../../platform/errors/index.js';
import type { ApiKeyDto } from '../../users/index.js';
import { RefusedError, UnavailableError } from '../api-client.js';
import { parsedArgs, type Terminal, UsageError } from '../terminal.js';
import { keysOfServer, type KeyStore, type NewKey } from './key-store.js';

const USAGE = `Usage: threadkeep api-keys create [--name NAME] [--user ID] [--scopes LIST] [--expires-in TIME] [--read-only]
       threadkeep api-keys list
       threadkeep api-keys revoke ID

  --name        what the key is for
  --user        the only user that the key is for: a user id or externalId (default: a service key)
  --scopes      what the key may do, such as act,read,write (default: all of its kind)
  --expires-in  how long it is valid, such as 90s, 1h or 7d (default: for ever)
  --read-only   it may only read
  --json        JSON, and nothing else, on standard output
  --url         the server to ask (default: THREADKEEP_URL or http://127.0.0.1:3000)
  --key         a service key with the scope keys (default: THREADKEEP_API_KEY)

With a key or a URL it asks the running server. Without both it works on the database itself, as the server is
configured (DATABASE_URL, or the data directory of a stopped server): so a lost first key is replaced.`;

const flags = {
  name: { type: 'string' },
  user: { type: 'string' },
  scopes: { type: 'string' },
  'expires-in': { type: 'string' },
  'read-only': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  url: { type: 'string' },
  key: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Work = (keys: KeyStore) => Promise<void>;

/** @returns 0, or 1 when it was not done */
export async function runApiKeys(args: string[], terminal: Terminal): Promise<0 | 1> {
  try {
    const { values, positionals } = parsedArgs(
      { args, options: flags, allowPositionals: true },
      USAGE,
    );
    if (values.help) return (terminal.out(USAGE), 0);
    const { name, user, scopes, 'expires-in': expiresIn, 'read-only': readOnly } = values;
    const wanted: NewKey = {
      ...(name !== undefined && { name }),
      ...(user !== undefined && { user }),
      ...(scopes !== undefined && { scopes: scopes.split(',') as NonNullable<NewKey['scopes']> }),
      ...(expiresIn !== undefined && { expiresIn }),
      ...(readOnly && { readOnly }),
    };
    const work = workOf(positionals, wanted, values.json, terminal);
    if (namesServer(values)) await work(keysOfServer(loadClientConfig(values)));
    else await (await import('./database-keys.js')).withDatabase(work);
    return 0;
  } catch (error) {
    terminal.error(explain(error));
    return 1;
  }
}

/** @throws UsageError for anything but one of the three commands */
function workOf(
  [command, id, ...more]: string[],
  wanted: NewKey,
  asJson: boolean,
  { out, error }: Terminal,
): Work {
  if (more.length === 0 && command === 'create' && id === undefined)
    return async (keys) => {
      const made = await keys.create(wanted);
      out(asJson ? JSON.stringify(made) : made.key);
      error(`A ${made.kind} key with the id ${made.id}. It is shown this once.`);
    };
  if (more.length === 0 && command === 'list' && id === undefined)
    return async (keys) => {
      const all = await keys.list();
      if (asJson) out(JSON.stringify(all));
      else for (const key of all) out(lineOf(key));
    };
  if (more.length === 0 && command === 'revoke' && id !== undefined)
    return async (keys) => {
      if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id))
        throw new UsageError('Name the key by its id, as api-keys list shows it.');
      await keys.revoke(id);
      if (asJson) out(JSON.stringify({ id, revoked: true }));
      else out(`${id} is revoked.`);
    };
  throw new UsageError(`Say create, list, or revoke with an id.\n\n${USAGE}`);
}

function lineOf({ id, kind, userId, name, hint, ...key }: ApiKeyDto): string {
  const isOver = key.expiresAt !== null && new Date(key.expiresAt) <= new Date();
  const state = key.revokedAt ? 'revoked' : isOver ? 'expired' : 'valid';
  const owner = userId === null ? kind : `user ${userId}`;
  const used = key.lastUsedAt ? `used ${key.lastUsedAt}` : 'never used';
  // A name may contain what a terminal would obey.
  const shown = (name ?? '').replace(/\p{Cc}/gu, ' ');
  return `${id}  …${hint}  ${state}  ${owner}  ${key.scopes.join(',')}  ${used}  ${shown}`.trimEnd();
}

function explain(error: unknown): string {
  if (error instanceof DataDirectoryInUseError)
    return `A server runs on the data directory ${error.directory}. Set THREADKEEP_API_KEY to a service key, so that this goes through the server; or stop it, and run this again.`;
  if (error instanceof UnavailableError && error.status === 401)
    return `${error.message}. Without THREADKEEP_API_KEY, --key and --url this works on the database itself.`;
  if (error instanceof AppError) {
    const fields = (error.details.errors ?? []).map((one) => `${one.pointer} ${one.message}`);
    return [error.message, ...fields].join(' ');
  }
  const isExpected = [
    ClientConfigError,
    ConfigError,
    DatabaseSetupError,
    EnvFileError,
    RefusedError,
    UnavailableError,
    UsageError,
  ].some((kind) => error instanceof kind);
  if (!isExpected) throw error;
  return (error as Error).message;
}
