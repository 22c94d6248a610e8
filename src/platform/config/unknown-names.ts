// Finds names of the environment that are nearly those of settings: without a warning, a misspelt
// setting is silent.
import { distance } from 'fastest-levenshtein';
import { environmentWithFile } from './env-file.js';
import { environmentSchema } from './environment-schema.js';

/** Shorter names differ by one character from names of other programs. */
const MIN_LENGTH = 6;
/** Longer than every setting. */
const MAX_LENGTH = 40;
/** With this length, two characters may be wrong: `DATABASE_ULR`. */
const LONG = 12;

/** @returns one line for each name that nobody reads, and that a setting resembles */
export function misspeltSettings(env: NodeJS.ProcessEnv = environmentWithFile()): string[] {
  const settings = Object.keys(environmentSchema.shape);
  const known = new Set(settings);
  return Object.keys(env).flatMap((name) => {
    if (known.has(name) || name.length < MIN_LENGTH || name.length > MAX_LENGTH) return [];
    const typos = name.length < LONG ? 1 : 2;
    const meant = settings.find((setting) => distance(name, setting) <= typos);
    return meant === undefined || (env[meant] ?? '') !== ''
      ? []
      : [`${name} is no setting of Threadkeep. Did you mean ${meant}?`];
  });
}
