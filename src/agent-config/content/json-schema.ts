// Whether a tool's parameters are a JSON Schema that a provider can be given.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { isPlainObject } from '../../platform/input/json-value.js';

/** Only the meta-schema is asked: no schema of a client is ever compiled, or looked up anywhere. */
const ajv = new Ajv2020({ strict: false, validateFormats: false });

const DEPTH = 50;

/** @returns what is wrong with it, or null */
export function schemaFault(schema: Record<string, unknown>): string | null {
  // Another dialect's name would be looked up: all are read as the newest.
  const rest: Record<string, unknown> = { ...schema };
  delete rest['$schema'];
  if (depthOf(rest) > DEPTH) return `is nested deeper than ${DEPTH} levels`;
  if (rest['type'] !== undefined && rest['type'] !== 'object')
    return 'must describe an object: its type is another';
  if (ajv.validateSchema(rest)) return null;
  const [error] = ajv.errors ?? [];
  return `is no JSON Schema: ${error?.instancePath || 'it'} ${error?.message ?? 'is wrong'}`;
}

function depthOf(value: unknown): number {
  const parts = Array.isArray(value) ? value : isPlainObject(value) ? Object.values(value) : [];
  return 1 + parts.reduce<number>((deepest, part) => Math.max(deepest, depthOf(part)), 0);
}
