// `threadkeep backup` and `threadkeep restore`: cold copies of the embedded PostgreSQL.
import { type Config, ConfigError, loadConfig } from '../platform/config/config.js';
import {
  backupDataDirectory,
  DatabaseSetupError,
  restoreDataDirectory,
} from '../platform/database/index.js';
import { parsedArgs, type Terminal, UsageError } from './terminal.js';

const BACKUP_USAGE = `Usage: threadkeep backup FOLDER

Copies the data directory (DATA_DIR) with its secrets to a new folder, and checks the copy. Stop the
server before. Keep the folder as safe as the data: whoever has it can read everything.`;

const RESTORE_USAGE = `Usage: threadkeep restore FOLDER

Puts a backup into the data directory (DATA_DIR), which must be empty, and checks every file. Then
start the same release as the one that made the backup, or a newer one.`;

/** @returns 0, or 1 when it was not done */
export const runBackup = (args: string[], terminal: Terminal): Promise<0 | 1> =>
  run(args, BACKUP_USAGE, terminal, async (folder, config) => {
    refuseServer(config, (place) => `pg_dump --format=custom --file=${folder} "${place}"`);
    const { directory, files, bytes } = await backupDataDirectory(config.dataDir, folder);
    return `${directory} has ${files} files, ${megabytes(bytes)}, checked.`;
  });

/** @returns 0, or 1 when it was not done */
export const runRestore = (args: string[], terminal: Terminal): Promise<0 | 1> =>
  run(args, RESTORE_USAGE, terminal, async (folder, config) => {
    refuseServer(config, (place) => `pg_restore --exit-on-error --dbname="${place}" ${folder}`);
    const { directory, files, bytes, version } = await restoreDataDirectory(folder, config.dataDir);
    return `${directory} has ${files} files, ${megabytes(bytes)}, checked, of Threadkeep ${version}.`;
  });

async function run(
  args: string[],
  usage: string,
  { out, error }: Terminal,
  work: (folder: string, config: Config) => Promise<string>,
): Promise<0 | 1> {
  try {
    const options = { help: { type: 'boolean', short: 'h' } } as const;
    const { values, positionals } = parsedArgs({ args, options, allowPositionals: true }, usage);
    if (values.help) return (out(usage), 0);
    const [folder] = positionals;
    if (folder === undefined || positionals.length > 1)
      throw new UsageError(`Name one folder.\n\n${usage}`);
    out(await work(folder, loadConfig()));
    return 0;
  } catch (failure) {
    const isExpected =
      failure instanceof UsageError ||
      failure instanceof ConfigError ||
      failure instanceof DatabaseSetupError ||
      typeof (failure as NodeJS.ErrnoException).syscall === 'string';
    if (!isExpected) throw failure;
    error((failure as Error).message);
    return 1;
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

/** @throws UsageError with the command of PostgreSQL, when the database is a server's */
function refuseServer(
  { databaseAdminUrl, databaseUrl }: Config,
  command: (place: string) => string,
): void {
  const given = databaseAdminUrl ?? databaseUrl;
  if (given === undefined) return;
  const { hostname, port, pathname } = new URL(given);
  const place = `postgres://postgres@${hostname}${port && `:${port}`}${pathname}`;
  throw new UsageError(
    `The database is a server's: use its own tools, as a superuser, whom policies do not bind: ${command(place)}`,
  );
}
