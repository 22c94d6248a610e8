// `threadkeep keys status|rotate|generate`: manages the vault's keys while servers run.
import 'reflect-metadata';
import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Config, ConfigError, loadConfig } from '../platform/config/config.js';
import { invocationOf } from '../platform/config/invocation.js';
import { ConfigModule } from '../platform/config/config.module.js';
import { ContextModule } from '../platform/context/index.js';
import {
  DatabaseModule,
  DatabaseSetupError,
  prepareDatabase,
  type PreparedDatabase,
  ScopedDatabase,
} from '../platform/database/index.js';
import { AppError } from '../platform/errors/index.js';
import { redact } from '../platform/telemetry/logger.js';
import {
  generateKey,
  KeyRotation,
  type KeyStatus,
  VaultErrors,
  VaultKeysModule,
} from '../platform/vault/index.js';
import { schema } from '../schema.js';

export interface KeysOptions {
  out: (line: string) => void;
  error: (line: string) => void;
  /** Stops a rotation after the current batch. */
  signal?: AbortSignal;
  loadConfig?: () => Config;
}

/**
 * 0: all data keys use the newest key. 1: the command could not run. 2: some data keys use older
 * keys.
 */
export type KeysExitCode = 0 | 1 | 2;

const usage = () => `Usage: ${invocationOf('keys')} COMMAND

  status    which keys the data keys of users are wrapped with, and how many are behind the current one; 2 when some are
  rotate    wraps those with the current key now; can be interrupted, and run again, also while servers run
  generate  prints a new key, for VAULT_KEYS or a line of VAULT_KEYS_FILE

To rotate: add the new key as the last, restart every process, make it the first, restart again, rotate, and remove the old one when
status finds nothing behind. Every process must know a key before the first of them wraps with it.`;

@Module({})
class KeysModule {
  static forRoot(config: Config, database: PreparedDatabase): DynamicModule {
    return {
      module: KeysModule,
      imports: [
        ContextModule,
        ConfigModule.forRoot(config),
        DatabaseModule.forRoot(database, schema),
        VaultKeysModule,
      ],
    };
  }
}

export async function runKeys(args: string[], options: KeysOptions): Promise<KeysExitCode> {
  const [command, ...rest] = args;
  if (rest.length === 0 && command === 'generate') return (options.out(generateKey()), 0);
  if (rest.length === 0 && (command === 'status' || command === 'rotate'))
    return connected(options, command === 'status' ? status : rotate);
  const asked = command === '--help' || command === '-h';
  (asked ? options.out : options.error)(usage());
  return asked ? 0 : 1;
}

type Command = (rotation: KeyRotation, options: KeysOptions) => Promise<KeysExitCode>;

async function connected(options: KeysOptions, command: Command): Promise<KeysExitCode> {
  try {
    const config = (options.loadConfig ?? loadConfig)();
    const database = await prepareDatabase(config, schema);
    // Closing the application also stops the database.
    const app = await NestFactory.createApplicationContext(KeysModule.forRoot(config, database), {
      logger: false,
      abortOnError: false,
    }).catch(async (error: unknown) => {
      await database.stop();
      throw error;
    });
    try {
      return await app
        .get(ScopedDatabase)
        .runAsSystem('keys command', () => command(app.get(KeyRotation), options));
    } finally {
      await app.close();
    }
  } catch (error) {
    options.error(explain(error));
    return 1;
  }
}

function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof DatabaseSetupError) return error.message;
  if (!(error instanceof AppError)) return redact(String(error));
  return error.code === VaultErrors.notConfigured().code
    ? 'There is no key to wrap with: set VAULT_KEYS or VAULT_KEYS_FILE as the servers have it.'
    : error.message;
}

const sumOf = ({ counts }: KeyStatus): number =>
  counts.reduce((sum, { dataKeys }) => sum + dataKeys, 0);

async function status(rotation: KeyRotation, { out }: KeysOptions): Promise<KeysExitCode> {
  const now = await rotation.status();
  out(`Current key: ${now.current ?? 'none'}`);
  for (const { keyId, dataKeys } of now.counts)
    out(`  ${keyId}: ${dataKeys}${keyId === now.current ? '' : ', behind'}`);
  out(`${now.behind} of ${sumOf(now)} data keys are behind.`);
  return now.behind > 0 ? 2 : 0;
}

async function rotate(rotation: KeyRotation, { out, signal }: KeysOptions): Promise<KeysExitCode> {
  const isStopped = () => signal?.aborted === true;
  let { behind } = await rotation.status();
  const total = behind;
  // Repeats while it makes progress: rows that another process had locked are found in the next
  // pass.
  for (let moved = behind; moved > 0 && behind > 0 && !isStopped();) {
    const before: number = behind;
    await rotation
      .rewrap(stoppable(signal), (done) => out(`Rewrapped ${total - before + done} of ${total}.`))
      .catch(unlessStopped(isStopped));
    behind = (await rotation.status()).behind;
    moved = before - behind;
  }
  if (isStopped() && behind > 0) out('Stopped. To go on, run the same command again.');
  else if (behind > 0)
    out('The rest cannot be unwrapped: their keys are not configured here, or they are damaged.');
  out(`${behind} data keys are behind.`);
  return behind > 0 ? 2 : 0;
}

const stoppable = (signal?: AbortSignal) => async (write: () => Promise<number>) => {
  signal?.throwIfAborted();
  return write();
};

const unlessStopped = (isStopped: () => boolean) => (error: unknown) => {
  if (!isStopped()) throw error;
};
