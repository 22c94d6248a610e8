import type { GuardFamily } from '../config/memory-settings.js';
import type { FieldError } from '../errors/index.js';
import { findingsInLines } from './findings.js';

/** A refusal names at most this many fields. */
const MAX_FIELDS = 20;

/** Lines to search, by the field's pointer. */
export type GuardedLines = Map<string, string[]>;

/** Finds the fields with secrets or personal data. Gives their kinds, never the text. */
export function refusedFields(
  fields: GuardedLines,
  families: ReadonlySet<GuardFamily>,
): FieldError[] {
  // Searches all fields at once first: nearly every write needs no more.
  if (findingsInLines([...fields.values()].flat(), families).length === 0) return [];
  const errors: FieldError[] = [];
  for (const [pointer, lines] of fields) {
    const kinds = new Set(findingsInLines(lines, families).map(({ kind }) => kind));
    if (kinds.size > 0)
      errors.push({ pointer, message: `holds what looks like: ${[...kinds].join(', ')}` });
    if (errors.length === MAX_FIELDS) break;
  }
  return errors;
}
