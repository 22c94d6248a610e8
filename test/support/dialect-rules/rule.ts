// What the checkers of all formats share: shapes by the official types, and how a fault is told.
import { z } from 'zod';

/** Messages of one request, and its system texts where the format has a place for them. */
export interface CheckedContext {
  system?: readonly object[];
  messages: readonly object[];
}

/** Returns the first rule that a provider would refuse the request for, or null. */
export type Checker = (context: CheckedContext) => string | null;

/** An object with these fields and no others. Those of `optional` may be missing. */
export const shape = (required: z.ZodRawShape, optional: z.ZodRawShape = {}): z.ZodObject =>
  z.strictObject({
    ...required,
    ...Object.fromEntries(
      Object.entries(optional).map(([name, field]) => [name, z.optional(field as z.ZodType)]),
    ),
  });

export const typed = (
  type: string,
  required: z.ZodRawShape = {},
  optional: z.ZodRawShape = {},
): z.ZodObject => shape({ type: z.literal(type), ...required }, optional);

/** One of the objects, told by their `type`. */
export const oneOf = (first: z.ZodObject, ...others: z.ZodObject[]): z.ZodType =>
  z.discriminatedUnion('type', [first, ...others] as never);

export const text = z.string();
export const filled = z.string().min(1);
/** A text with more than white space. */
export const words = z.string().regex(/\S/u, 'blank text');
export const nullable = (field: z.ZodType): z.ZodType => z.nullable(field);
export const record = z.record(z.string(), z.unknown());
export const anything = z.unknown();
export const base64 = z
  .string()
  .min(4)
  .refine((data) => Buffer.from(data, 'base64').toString('base64') === data, 'no base64');
export const webUrl = z.string().regex(/^https?:\/\/[^\s/]+/, 'no web address');
export const dataUrl = (types: string): z.ZodType =>
  z.string().regex(new RegExp(`^data:(?:${types});base64,[\\w+/]+={0,2}$`), 'no data URL of these');

export const jsonObjectText = z.string().refine((json) => {
  try {
    return record.safeParse(JSON.parse(json)).success;
  } catch {
    return false;
  }
}, 'arguments are not the JSON text of an object');

/** Tells where a value does not have the shape, and why. */
export function shapeFault(schema: z.ZodType, value: unknown, at: string): string | null {
  const { error } = schema.safeParse(value);
  const [issue] = error?.issues ?? [];
  if (!issue) return null;
  const path = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return `${at}${path.join('')}: ${issue.message}`;
}

/** Returns the first fault of a list of values, each with its index. */
export function firstFault<T>(
  values: readonly T[],
  faultOf: (value: T, index: number) => string | null,
): string | null {
  for (const [index, value] of values.entries()) {
    const fault = faultOf(value, index);
    if (fault !== null) return fault;
  }
  return null;
}

/** Calls that wait for their results, which must come in the order of the calls. */
export class WaitingCalls {
  private waiting: string[] = [];
  private readonly seen = new Set<string>();

  get areOpen(): boolean {
    return this.waiting.length > 0;
  }

  call(id: string): string | null {
    if (this.seen.has(id)) return `call id ${id} is used twice`;
    this.seen.add(id);
    this.waiting.push(id);
    return null;
  }

  answer(id: string): string | null {
    const next = this.waiting.shift();
    if (next === undefined) return `result ${id} without a call`;
    return next === id ? null : `result ${id} where that of call ${next} is due`;
  }

  missing(): string | null {
    return this.areOpen ? `calls without results: ${this.waiting.join()}` : null;
  }
}

export const at = (place: string, fault: string | null): string | null =>
  fault === null ? null : `${place}: ${fault}`;
