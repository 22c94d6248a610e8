// Finds the name that somebody may have meant.
import { distance } from 'fastest-levenshtein';

/** Characters. Longer names are near to none. */
const MAX_LENGTH = 40;
/** A name may have one wrong, missing or additional character for each group of this many. */
const CHARACTERS_PER_TYPO = 3;

/** Capitals, `_` and `-` are spellings of one name. */
const spelling = (name: string): string => name.replaceAll(/[_-]/g, '').toLowerCase();

/** @returns the nearest known name, or undefined when none is near */
export function nearName(name: string, known: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const written = spelling(name);
  let nearest: string | undefined;
  let least = Math.floor(written.length / CHARACTERS_PER_TYPO);
  for (const one of known) {
    const typos = distance(written, spelling(one));
    if (typos > least || (typos === least && nearest !== undefined)) continue;
    nearest = one;
    least = typos;
  }
  return nearest;
}
