// Validates bodies with class-validator, and reports errors by JSON Pointer.
import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { registerDecorator, ValidateBy, type ValidationError, validateSync } from 'class-validator';
import { type FieldError, RequestErrors } from '../errors/index.js';
import { hasMoreFields, isPlainObject, pointerToken } from './json-value.js';
import { isUuid } from './query.js';
import { parseTime } from './time.js';

const opaqueFields = new WeakMap<object, Set<string>>();

/** The size of a JSON value that is stored with a row: metadata, settings. */
export const JSON_OBJECT_MAX_BYTES = 65_536;

/**
 * A JSON object of the application, which is stored unchanged: class-transformer would copy it, and
 * drop keys such as `constructor`. At most 64 KiB as text. To reuse the class, extend it: a
 * PartialType loses the field.
 */
export function IsOpaqueObject(): PropertyDecorator {
  return (target, property) => {
    const fields = opaqueFields.get(target.constructor) ?? new Set<string>();
    opaqueFields.set(target.constructor, fields.add(String(property)));
    registerDecorator({
      name: 'isOpaqueObject',
      target: target.constructor,
      propertyName: String(property),
      options: { message: `must be a JSON object of at most ${JSON_OBJECT_MAX_BYTES} bytes` },
      validator: { validate: isBoundedObject },
    });
  };
}

export function isBoundedObject(value: unknown): value is Record<string, unknown> {
  return isPlainObject(value) && Buffer.byteLength(JSON.stringify(value)) <= JSON_OBJECT_MAX_BYTES;
}

const holds = (name: string, test: (value: string) => boolean, message: string) => () =>
  ValidateBy({
    name,
    validator: {
      validate: (value) => typeof value === 'string' && test(value),
      defaultMessage: () => `$property ${message}`,
    },
  });

/** A UUID of any version, as PostgreSQL accepts it. */
export const IsId = holds('isId', isUuid, 'must be a UUID');
export const IsTime = holds(
  'isTime',
  (value) => parseTime(value) !== null,
  'must be an RFC 3339 time with a time zone',
);

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

/** @throws AppError `request.invalid_body` with a pointer to every wrong field */
export function validateBody<T extends object>(type: Type<T>, value: unknown): T {
  if (!isPlainObject(value))
    throw RequestErrors.invalidBody({
      errors: [{ pointer: '', message: 'must be a JSON object' }],
    });
  const opaque = opaqueFieldsOf(type);
  requireFewFields(value, MAX_FIELDS + opaque.size, '');
  const visible = Object.fromEntries(Object.entries(value).filter(([key]) => !opaque.has(key)));
  requireTransformable(visible, '');
  const instance = plainToInstance(type, visible) as T & Record<string, unknown>;
  for (const key of opaque) if (key in value) Object.assign(instance, { [key]: value[key] });
  // class-transformer's copy drops keys such as "constructor", so look for unknown keys here.
  const lost = Object.keys(visible).filter((key) => !Object.hasOwn(instance, key));
  const errors = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    stopAtFirstError: true,
    forbidUnknownValues: false,
  });
  const found = [
    ...fieldErrors(errors, ''),
    ...lost.map((key) => ({ pointer: `/${pointerToken(key)}`, message: 'is not a known field' })),
  ];
  if (found.length > 0) throw RequestErrors.invalidBody({ errors: found });
  return instance;
}

/**
 * More than any DTO needs. class-transformer's time grows with the square of the fields: 190,000
 * took a minute.
 */
const MAX_FIELDS = 200;

/** More than any DTO allows. class-validator checks every element before it checks their number. */
const MAX_ELEMENTS = 1_000;

function requireFewElements(value: unknown[], pointer: string): void {
  if (value.length <= MAX_ELEMENTS) return;
  const message = `has more than ${MAX_ELEMENTS} elements`;
  throw RequestErrors.invalidBody({ errors: [{ pointer, message }] });
}

function requireFewFields(value: object, most: number, pointer: string): void {
  if (!hasMoreFields(value, most)) return;
  const message = `has more than ${MAX_FIELDS} fields`;
  throw RequestErrors.invalidBody({ errors: [{ pointer, message }] });
}

/**
 * Refuses what class-transformer cannot handle: very many fields or elements, and a nested key
 * `constructor`, which it would call.
 */
function requireTransformable(value: unknown, pointer: string): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) requireFewElements(value, pointer);
  else requireFewFields(value, MAX_FIELDS, pointer);
  for (const [key, field] of Object.entries(value)) {
    const inner = `${pointer}/${pointerToken(key)}`;
    if (key === 'constructor' && pointer !== '')
      throw RequestErrors.invalidBody({
        errors: [{ pointer: inner, message: 'is not a known field' }],
      });
    requireTransformable(field, inner);
  }
}

/** The opaque fields of the class and its base classes. */
function opaqueFieldsOf(type: object): Set<string> {
  const inherited = Object.getPrototypeOf(type) as object | null;
  return new Set([
    ...(opaqueFields.get(type) ?? []),
    ...(inherited ? opaqueFieldsOf(inherited) : []),
  ]);
}

/** Flattens the errors. Each gets a JSON Pointer to its value. */
function fieldErrors(errors: ValidationError[], path: string): FieldError[] {
  return errors.flatMap((error) => {
    const pointer = `${path}/${pointerToken(error.property)}`;
    const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
      pointer,
      message:
        rule === 'whitelistValidation'
          ? 'is not a known field'
          : message.replace(`${error.property} `, ''),
    }));
    return [...own, ...fieldErrors(error.children ?? [], pointer)];
  });
}
