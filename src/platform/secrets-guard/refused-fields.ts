import type { GuardFamily } from '../config/environment-schema.js';
import type { FieldError } from '../errors/index.js';
import { findingsInFields } from './findings.js';

/**
 * Names the fields that hold what must not be stored, with the kinds and never with the text.
 * @param path before the names: that of the object, or `?` for parameters of a query
 */
export function refusedFields(
  path: string,
  fields: Record<string, unknown>,
  families: ReadonlySet<GuardFamily>,
): FieldError[] {
  // One search for all fields is what nearly every write costs.
  if (findingsInFields(fields, families).length === 0) return [];
  return Object.entries(fields).flatMap(([field, value]) => {
    const kinds = findingsInFields({ [field]: value }, families).map(({ kind }) => kind);
    const pointer = path === '?' ? `?${field}` : `${path}/${field}`;
    const message = `holds what looks like: ${[...new Set(kinds)].join(', ')}`;
    return kinds.length === 0 ? [] : [{ pointer, message }];
  });
}
