// Validates the bodies of requests by their DTOs.
import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { validateBody } from './body-reader.js';

type SentFields<T, N extends keyof T> = {
  [K in keyof T]?: K extends N ? Exclude<T[K], undefined> : NonNullable<T[K]>;
};

/**
 * Picks the fields that were sent. Null counts as left out, except for the fields in `nullable`.
 */
export function sent<T extends object, N extends keyof T>(
  values: T,
  nullable: readonly N[],
): SentFields<T, N> {
  const isSent = ([key, value]: [string, unknown]) =>
    value !== undefined && (value !== null || (nullable as readonly string[]).includes(key));
  return Object.fromEntries(Object.entries(values).filter(isSent)) as SentFields<T, N>;
}

/**
 * `@Body(BodyValidationPipe)`, for bodies whose type is a DTO class. Not global, because Nest would
 * run and await it for every parameter of every route. The fuzz test fails for a body that is not
 * validated.
 */
@Injectable()
export class BodyValidationPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (type !== 'body' || !metatype || builtIn.has(metatype)) return value;
    return validateBody(metatype, value === undefined ? {} : value);
  }
}

const builtIn = new Set<unknown>([Object, String, Number, Boolean, Array]);
