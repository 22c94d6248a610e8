// Builds the console into dist/console, unless what is there is newer than all of its sources.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import config from './vite.config.mjs';

const PROJECT = join(import.meta.dirname, '../../..');
const SOURCES = ['src/console/app', 'clients/typescript/src', 'package.json'];

/** Milliseconds since 1970; 0 for a file that is not there. */
const changedAt = (path) => statSync(join(PROJECT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** The files of a folder, and the folder, which changes when a file is removed. */
const filesIn = (path) =>
  statSync(join(PROJECT, path)).isDirectory()
    ? [path, ...readdirSync(join(PROJECT, path)).flatMap((name) => filesIn(join(path, name)))]
    : [path];

const newest = Math.max(...SOURCES.flatMap(filesIn).map(changedAt));
if (changedAt('dist/console/index.html') < newest) await build(config);
