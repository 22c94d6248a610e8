import type { GuardFamily } from '../config/memory-settings.js';
import type { FieldError } from '../errors/index.js';
import { findingsInLines } from './findings.js';

/** Every refusal names as many fields at most. */
const MAX_FIELDS = 20;

/** The lines of each field, by its pointer. */
export type GuardedLines = Map<string, string[]>;

/** Names the fields that hold what must not be stored, with the kinds and never with the text. */
export function refusedFields(
  fields: GuardedLines,
  families: ReadonlySet<GuardFamily>,
): FieldError[] {
  // One search for all fields is what nearly every write costs.
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
