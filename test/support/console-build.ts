// The files of the console, which the service reads when it starts.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT } from './npm.js';

/** Builds the console, when a source is newer than what is built. */
export const buildConsole = (): Promise<unknown> =>
  promisify(execFile)(process.execPath, [join(PROJECT, 'src/console/app/build.mjs')]);
