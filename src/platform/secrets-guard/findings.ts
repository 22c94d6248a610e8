// Finds secrets and personal data without a model, by the formats of tokens and the ways to write
// passwords down. It prevents mistakes; it does not stop a writer who hides a secret.
import type { GuardFamily } from '../config/memory-settings.js';
import { assignmentDetectors } from './assignments.js';
import type { Detector } from './detector.js';
import { listedKindsIn } from './listed-tokens.js';
import { personalData } from './personal-data.js';
import { mayHoldToken, tokens } from './tokens.js';
import { decoded, folded, unbroken } from './views.js';

/** A finding. It never contains the text. */
export interface Finding {
  /** Such as `github_token`. */
  kind: string;
  family: GuardFamily;
}

/** Texts to search: `written` for everything, `rebuilt` for tokens only. */
interface Views {
  written: string[];
  rebuilt: string[];
}

/** Gives each kind once. Takes time linear in the text. */
export const findingsIn = (text: string, families: ReadonlySet<GuardFamily>): Finding[] =>
  findingsInLines([text], families);

/**
 * Searches the values of fields: any JSON, including names, with each value beside its name. Does
 * not search the names of the fields themselves.
 */
export const findingsInFields = (
  fields: Record<string, unknown>,
  families: ReadonlySet<GuardFamily>,
): Finding[] =>
  families.size === 0 ? [] : findingsInLines(Object.values(fields).flatMap(linesOf), families);

/** As `findingsIn`, for separate lines. */
export function findingsInLines(lines: string[], families: ReadonlySet<GuardFamily>): Finding[] {
  const views = viewsOf(lines, families.has('secrets'));
  return [...families].flatMap((family) => {
    const kinds = family === 'pii' ? kindsIn(views.written, personalData) : secretKinds(views);
    return [...new Set(kinds)].map((kind) => ({ kind, family }));
  });
}

function viewsOf(lines: string[], rebuilds: boolean): Views {
  // Joined by line breaks, so that parts of two fields do not form a token.
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
    ...kindsIn(written, assignmentDetectors),
  ];
}

const kindsIn = (texts: string[], detectors: Detector[]): string[] =>
  detectors.filter(({ finds }) => texts.some(finds)).map(({ kind }) => kind);

/**
 * Characters of a name that are repeated beside each value: the word "password" is usually at its
 * end.
 */
const NAME_LENGTH = 40;

/**
 * Lists the texts in a JSON value: names, and each value beside its name. At most as long as the
 * JSON, plus `NAME_LENGTH` for each value.
 */
export function linesOf(field: unknown): string[] {
  const lines: string[] = [];
  // No recursion and no spread, because the JSON may be very deep or long.
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

/** Shortens a name to stand beside values. A name that is cut is also a line of its own. */
function beside(name: string, lines: string[]): string {
  if (name.length <= NAME_LENGTH) return name;
  lines.push(name);
  return name.slice(-NAME_LENGTH);
}
