// Runs long specs first, so that none is left running alone at the end. On a clean clone Jest has no times of an earlier
// run, and would go by the size of the files.
import { basename } from 'node:path';
import TestSequencer from '@jest/test-sequencer';

/** Specs of more than a minute, the longest first. */
const LONG = [
  'late-database',
  'jobs',
  'redis-tls',
  'attacks-beside-work',
  'start-refused',
  'isolation',
];

/** The place of a spec in `LONG`; all others come after it. */
const placeOf = ({ path }) => {
  const place = LONG.indexOf(basename(path).split('.')[0]);
  return place === -1 ? LONG.length : place;
};

export default class LongestFirst extends TestSequencer {
  sort(tests) {
    return super.sort(tests).sort((a, b) => placeOf(a) - placeOf(b));
  }
}
