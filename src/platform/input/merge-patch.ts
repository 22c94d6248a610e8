// JSON Merge Patch (RFC 7396).
import { isPlainObject } from './json-value.js';

type JsonObject = Record<string, unknown>;

/**
 * Applies a patch: null removes a field, an object is merged into the object that is there, any
 * other value takes the place of what is there. Changes neither argument. Linear in both.
 */
export function mergePatch(target: unknown, patch: JsonObject): JsonObject {
  const fields = new Map(Object.entries(isPlainObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch))
    if (value === null) fields.delete(name);
    else fields.set(name, isPlainObject(value) ? mergePatch(fields.get(name), value) : value);
  return Object.fromEntries(fields);
}
