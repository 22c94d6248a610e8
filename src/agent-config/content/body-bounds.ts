// Checks the size of a body against its schema, before zod visits each value. It stops at the first
// bound that is exceeded.
import type { FieldError } from '../../platform/errors/index.js';
import { hasMoreFields, isPlainObject, pointerToken } from '../../platform/input/index.js';

/** The keywords of JSON Schema that are read here. */
export interface BoundedSchema {
  anyOf?: BoundedSchema[];
  oneOf?: BoundedSchema[];
  items?: BoundedSchema;
  maxItems?: number;
  properties?: Record<string, BoundedSchema>;
  additionalProperties?: unknown;
  maxProperties?: number;
}

/** Values in a whole body. */
export const MAX_VALUES = 50_000;
/** Unknown fields of one object; each is reported. */
const MAX_UNKNOWN_FIELDS = 50;

/** @returns the first bound that is exceeded, or null */
export function boundsFault(schema: BoundedSchema, body: unknown): FieldError | null {
  if (holdsMore(body, MAX_VALUES)) {
    return { pointer: '', message: `must have at most ${MAX_VALUES} values` };
  }
  return faultAt(schema, body, '');
}

function holdsMore(value: unknown, most: number): boolean {
  let count = 0;
  const open = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    for (const key in next) {
      if (++count > most) return true;
      open.push((next as Record<string, unknown>)[key]);
    }
  }
  return false;
}

function faultAt(schema: BoundedSchema, value: unknown, pointer: string): FieldError | null {
  const kinds = kindsOf(schema);
  if (Array.isArray(value)) return faultOfList(kinds, value, pointer);
  return isPlainObject(value) ? faultOfObject(kinds, value, pointer) : null;
}

const kindsOf = (schema: BoundedSchema): BoundedSchema[] => [
  schema,
  ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(kindsOf),
];

function faultOfList(kinds: BoundedSchema[], value: unknown[], pointer: string): FieldError | null {
  const lists = kinds.filter(({ maxItems }) => maxItems !== undefined);
  if (lists.length === 0) return null;
  const most = Math.max(...lists.map(({ maxItems }) => maxItems!));
  if (value.length > most) return { pointer, message: `must have at most ${most} items` };
  const items = { anyOf: lists.flatMap((list) => list.items ?? []) };
  return first(value, (item, place) => faultAt(items, item, `${pointer}/${place}`));
}

function faultOfObject(
  kinds: BoundedSchema[],
  value: Record<string, unknown>,
  pointer: string,
): FieldError | null {
  const names = new Set(kinds.flatMap(({ properties }) => Object.keys(properties ?? {})));
  const isOpen = kinds.some(({ additionalProperties: more }) => isPlainObject(more));
  const limits = kinds.flatMap(({ maxProperties }) => maxProperties ?? []);
  const most = isOpen
    ? Math.max(...limits, limits.length > 0 ? 0 : Infinity)
    : names.size + MAX_UNKNOWN_FIELDS;
  if (hasMoreFields(value, most)) return { pointer, message: `must have at most ${most} fields` };
  return first([...names], (name) => {
    const known = { anyOf: kinds.flatMap(({ properties }) => properties?.[name] ?? []) };
    const field = Object.hasOwn(value, name) ? value[name] : undefined;
    return faultAt(known, field, `${pointer}/${pointerToken(name)}`);
  });
}

function first<T>(
  all: T[],
  faultOf: (one: T, place: number) => FieldError | null,
): FieldError | null {
  for (const [place, one] of all.entries()) {
    const fault = faultOf(one, place);
    if (fault) return fault;
  }
  return null;
}
