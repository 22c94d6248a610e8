// class-validator on every body, with its findings as JSON Pointers.
import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { registerDecorator, ValidateBy, type ValidationError, validateSync } from 'class-validator';
import { type FieldError, RequestErrors } from '../errors/index.js';
import { hasMoreFields, isPlainObject, pointerToken } from './json-value.js';
import { isUuid } from './query.js';
import { parseTime } from './time.js';

const opaqueFields = new WeakMap<object, Set<string>>();

/** Bytes of a JSON value that is kept with a row: metadata, settings. */
export const JSON_OBJECT_MAX_BYTES = 65_536;

/**
 * A JSON object of the application's own, kept as it came: class-transformer would copy it, and drop keys such as
 * `constructor`. At most 64 KiB as text. Extend the class it is in; a PartialType of it forgets the field.
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

/** A UUID as PostgreSQL takes it, of any version. */
export const IsId = holds('isId', isUuid, 'must be a UUID');
export const IsTime = holds(
  'isTime',
  (value) => parseTime(value) !== null,
  'must be an RFC 3339 time with a time zone',
);

type Sent<T, N extends keyof T> = {
  [K in keyof T]?: K extends N ? Exclude<T[K], undefined> : NonNullable<T[K]>;
};

/** Fields that were sent; null for a field that has no null means the same as leaving it out. */
export function sent<T extends object, N extends keyof T>(
  values: T,
  nullable: readonly N[],
): Sent<T, N> {
  const isSent = ([key, value]: [string, unknown]) =>
    value !== undefined && (value !== null || (nullable as readonly string[]).includes(key));
  return Object.fromEntries(Object.entries(values).filter(isSent)) as Sent<T, N>;
}

/**
 * `@Body(BodyValidationPipe)`, on bodies that are typed by a DTO class. Not global: Nest would run it, and wait for it, on every parameter of
 * every route. The fuzz fails for a body that is taken unchecked.
 */
@Injectable()
export class BodyValidationPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (type !== 'body' || !metatype || builtIn.has(metatype)) return value;
    return validateBody(metatype, value === undefined ? {} : value);
  }
}

const builtIn = new Set<unknown>([Object, String, Number, Boolean, Array]);

/** @throws AppError `request.invalid_body` with a pointer for every wrong field. */
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
  // A key such as "constructor" never reaches class-transformer's copy, so it is looked for here.
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

/** No body of ours has this many fields, and class-transformer's time grows with their square: 190,000 took it a minute. */
const MAX_FIELDS = 200;

/** No list of ours has this many elements: a rule of their number is only asked after each of them has been checked. */
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

/** Refuses what class-transformer cannot take: very many fields and elements, and inside an object one called `constructor`, which it would call. */
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

/** Of the class and of those it extends. */
function opaqueFieldsOf(type: object): Set<string> {
  const inherited = Object.getPrototypeOf(type) as object | null;
  return new Set([
    ...(opaqueFields.get(type) ?? []),
    ...(inherited ? opaqueFieldsOf(inherited) : []),
  ]);
}

/** The findings, flat, each with a JSON Pointer to its value. */
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
