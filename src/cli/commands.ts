// The commands of `threadkeep`. Each is loaded when it is called, so that the others cost nothing.
import { VERSION } from '../platform/config/release.js';
import type { Terminal } from './terminal.js';

interface Command {
  /** The line of the command in `threadkeep --help`. */
  does: string;
  run: (args: string[]) => Promise<number>;
}

const terminal: Terminal = {
  out: (line) => process.stdout.write(`${line}\n`),
  error: (line) => process.stderr.write(`${line}\n`),
};

const COMMANDS: Record<string, Command> = {
  doctor: {
    does: 'checks the settings, the database and the machine, and says what to do',
    run: async (args) => (await import('./doctor/doctor-command.js')).runDoctor(args, terminal),
  },
  'api-keys': {
    does: 'creates, lists and revokes API keys, also when the first one is lost',
    run: async (args) =>
      (await import('./api-keys/api-keys-command.js')).runApiKeys(args, terminal),
  },
  import: {
    does: 'imports what other products exported',
    run: async (args) => (await import('./import-command.js')).runImport(args, terminal),
  },
  export: {
    does: 'writes what a user has as JSON lines',
    run: async (args) =>
      (await import('./export-command.js')).runExport(args, { ...terminal, out: process.stdout }),
  },
  keys: {
    does: 'shows, rotates and generates the keys that secrets are sealed with',
    run: async (args) => {
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
      const { runKeys } = await import('./keys-command.js');
      return runKeys(args, { ...terminal, signal: stop.signal });
    },
  },
  migrate: {
    does: 'migrates a database of your own without starting',
    run: async (args) => (await import('./migrate-command.js')).runMigrate(args, terminal),
  },
  backup: {
    does: 'copies the data directory of the embedded PostgreSQL',
    run: async (args) => (await import('./backup-command.js')).runBackup(args, terminal),
  },
  restore: {
    does: 'puts such a copy into an empty data directory',
    run: async (args) => (await import('./backup-command.js')).runRestore(args, terminal),
  },
};

const names = Object.keys(COMMANDS);
const width = Math.max(...names.map((name) => name.length));

const USAGE = `Usage: threadkeep [COMMAND]

Without a command, starts the server. Settings are read from the environment and from .env.

${names.map((name) => `  ${name.padEnd(width)}  ${COMMANDS[name]!.does}`).join('\n')}

  --help, also of a command; --version`;

/** @returns the exit code; the server then goes on running */
export async function runCommand([name, ...args]: string[]): Promise<number> {
  if (name === undefined) {
    const { start } = await import('../start.js');
    await start();
    return 0;
  }
  if (name === '--help' || name === '-h') return (terminal.out(USAGE), 0);
  if (name === '--version' || name === '-v') return (terminal.out(VERSION), 0);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command) return command.run(args);
  terminal.error(
    `threadkeep knows no ${name}; it knows ${names.join(', ')}, --help and --version.`,
  );
  return 2;
}
