// Checks that the parameters of a tool are a JSON Schema that providers accept.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { isPlainObject } from '../../platform/input/json-value.js';

/**
 * Validates against the meta-schema only. A client's schema is never compiled, and no reference in
 * it is followed.
 */
const ajv = new Ajv2020({ strict: false, validateFormats: false });

const MAX_DEPTH = 50;

/** @returns what is wrong with the schema, or null */
export function schemaFault(schema: Record<string, unknown>): string | null {
  // Removes `$schema`: ajv would look up another dialect. All schemas are read as draft 2020-12.
  const rest: Record<string, unknown> = { ...schema };
  delete rest['$schema'];
  if (depthOf(rest) > MAX_DEPTH) return `must not be nested deeper than ${MAX_DEPTH} levels`;
  if (rest['type'] !== undefined && rest['type'] !== 'object')
    return 'must describe an object: its type must be "object"';
  if (ajv.validateSchema(rest)) return null;
  const [error] = ajv.errors ?? [];
  return `is not a valid JSON Schema: ${error?.instancePath || 'it'} ${error?.message ?? 'is wrong'}`;
}

function depthOf(value: unknown): number {
  const parts = Array.isArray(value) ? value : isPlainObject(value) ? Object.values(value) : [];
  return 1 + parts.reduce<number>((deepest, part) => Math.max(deepest, depthOf(part)), 0);
}
