// What memory should not hold for years, found without a model. It is a seat belt and no wall: it
// knows the forms that issuers give their tokens and how people write passwords down, so a mistake
// is caught, and somebody who wants to hide a secret from it can.
import type { GuardFamily } from '../config/memory-settings.js';
import { assignments } from './assignments.js';
import type { Detector } from './detector.js';
import { listedKindsIn } from './listed-tokens.js';
import { personalData } from './personal-data.js';
import { mayHoldToken, tokens } from './tokens.js';
import { decoded, folded, unbroken } from './views.js';

/** Never with the text that was found. */
export interface Finding {
  /** As in `github_token`. */
  kind: string;
  family: GuardFamily;
}

/** Texts to search as they are and folded, and those that only tokens are searched for in. */
interface Views {
  written: string[];
  rebuilt: string[];
}

/** Each kind once. In time linear in the text. */
export const findingsIn = (text: string, families: ReadonlySet<GuardFamily>): Finding[] =>
  findingsInLines([text], families);

/**
 * Searches all that is written in fields: any JSON, names included, each value beside its name.
 * The names at the top are the caller's and not searched.
 */
export const findingsInFields = (
  fields: Record<string, unknown>,
  families: ReadonlySet<GuardFamily>,
): Finding[] =>
  families.size === 0 ? [] : findingsInLines(Object.values(fields).flatMap(linesOf), families);

/** As `findingsIn`, of lines that stand apart. */
export function findingsInLines(lines: string[], families: ReadonlySet<GuardFamily>): Finding[] {
  const views = viewsOf(lines, families.has('secrets'));
  return [...families].flatMap((family) => {
    const kinds = family === 'pii' ? kindsIn(views.written, personalData) : secretKinds(views);
    return [...new Set(kinds)].map((kind) => ({ kind, family }));
  });
}

function viewsOf(lines: string[], rebuilds: boolean): Views {
  // On lines of their own: nothing is put together that stands in two fields.
  const text = lines.join('\n');
  const plain = folded(text);
  const written = plain === null ? [text] : [text, plain];
  if (!rebuilds) return { written, rebuilt: [] };
  const pieces = plain === null ? lines : lines.map((line) => folded(line) ?? line);
  const joined = pieces.flatMap(unbroken);
  const rebuilt = [...joined, ...[written.at(-1)!, ...joined].flatMap(decoded)];
  return { written, rebuilt };
}

function secretKinds({ written, rebuilt }: Views): string[] {
  const searched = [...written, rebuilt.filter(mayHoldToken).join('\n')].filter(mayHoldToken);
  return [
    ...searched.flatMap(listedKindsIn),
    ...kindsIn(searched, tokens),
    ...kindsIn(written, assignments),
  ];
}

const kindsIn = (texts: string[], detectors: Detector[]): string[] =>
  detectors.filter(({ finds }) => texts.some(finds)).map(({ kind }) => kind);

/** Characters of a name that stand beside each of its values: the word for a password is at its end. */
const NAME_LENGTH = 40;

/**
 * All that is written in a field: any JSON, names included, each value beside its name. No longer than the JSON, and `NAME_LENGTH` for
 * each value: a long name over a long list is not repeated.
 */
export function linesOf(field: unknown): string[] {
  const lines: string[] = [];
  // No recursion, and no spread: how deep or how long somebody's JSON is must not matter.
  const open: [name: string, value: unknown][] = [['', field]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [name, value] = next;
    if (typeof value === 'object' && value !== null) {
      if (Array.isArray(value)) for (const item of value) open.push([name, item]);
      else for (const [key, item] of Object.entries(value)) open.push([beside(key, lines), item]);
      lines.push(name);
    } else lines.push(name === '' ? String(value) : `${name}: ${String(value)}`);
  }
  return lines;
}

/** The name as it stands beside values; one that is cut is a line of its own, whole. */
function beside(name: string, lines: string[]): string {
  if (name.length <= NAME_LENGTH) return name;
  lines.push(name);
  return name.slice(-NAME_LENGTH);
}
