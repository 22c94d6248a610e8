// Decorators of request bodies beside those of class-validator.
import { applyDecorators, type Type } from '@nestjs/common';
import {
  getMetadataStorage,
  IsArray,
  Matches,
  ValidateBy,
  ValidateIf,
  ValidateNested,
  type ValidationOptions,
} from 'class-validator';
import type { FieldError } from '../errors/index.js';
import { isPlainObject } from './json-value.js';
import { isUuid } from './query.js';
import { isTimeZone, parseTime, parseTimeOrDay, ZONE } from './time.js';
import { words } from './words.js';

type Metadata = ReturnType<
  ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']
>[number];
/** What class-validator keeps of one decorator. */
export type RuleMetadata = Omit<Metadata, 'constraints'> & { constraints?: unknown[] };

/** The decorators of a DTO and its base classes. */
export const rulesFor = (type: Type<object> | CallableFunction): RuleMetadata[] =>
  getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);

/** The size of a JSON value that is stored with a row: metadata, settings. */
export const JSON_OBJECT_MAX_BYTES = 65_536;

export function isBoundedObject(value: unknown): value is Record<string, unknown> {
  return isPlainObject(value) && Buffer.byteLength(JSON.stringify(value)) <= JSON_OBJECT_MAX_BYTES;
}

/** The part of a field's JSON Schema that a decorator adds. */
export type SchemaPart = Record<string, unknown>;

/**
 * Makes a decorator of a test.
 * @param message one of `words`
 * @param schema what `BodyField` documents of it
 */
export const bodyRule =
  (name: string, test: (value: unknown) => boolean, message: string, schema: SchemaPart = {}) =>
  (options?: ValidationOptions): PropertyDecorator =>
    ValidateBy(
      {
        name,
        constraints: [schema],
        validator: { validate: test, defaultMessage: () => message },
      },
      options,
    );

const ofText = (test: (value: string) => boolean) => (value: unknown) =>
  typeof value === 'string' && test(value);

/** A UUID of any version, as PostgreSQL accepts it. */
export const IsId = bodyRule('isId', ofText(isUuid), words.uuid, {
  type: 'string',
  format: 'uuid',
});
export const TIME_SCHEMA = { type: 'string', format: 'date-time' };
export const IsTime = bodyRule(
  'isTime',
  (value) => parseTime(value) !== null,
  words.time,
  TIME_SCHEMA,
);
/** A time, or a calendar day. `parseTimeOrDay` reads it. The field may be null. */
export const IsTimeOrDay = bodyRule(
  'isTimeOrDay',
  (value) => parseTimeOrDay(value) !== null,
  words.timeAnd('or a date'),
  { anyOf: [TIME_SCHEMA, { type: 'string', format: 'date' }, { type: 'null' }] },
);
export const IsTimeZone = bodyRule(
  'isTimeZone',
  ofText(isTimeZone),
  words.suchAs('the IANA name of a time zone', 'Europe/Oslo'),
  { type: 'string', pattern: ZONE.source, examples: ['UTC', 'Europe/Oslo'] },
);
const ANY_OBJECT = { type: 'object', additionalProperties: true };
/** A JSON object of the application of at most 64 KiB as text, which is stored unchanged. */
export const IsOpaqueObject = bodyRule(
  'isOpaqueObject',
  isBoundedObject,
  words.objectOfBytes(JSON_OBJECT_MAX_BYTES),
  ANY_OBJECT,
);
/** A JSON object of any size and content. */
export const IsJsonObject = bodyRule('isJsonObject', isPlainObject, words.object, ANY_OBJECT);
export const IsNotBlank = bodyRule(
  'isNotBlank',
  ofText((value) => /\S/.test(value)),
  words.notBlank,
  { pattern: '\\S' },
);
export const MaxBytes = (most: number) =>
  bodyRule(
    'maxBytes',
    // A character has at most three bytes of UTF-8 for each code unit.
    ofText((value) => value.length <= most / 3 || Buffer.byteLength(value) <= most),
    words.maxBytes(most),
  )();

/** A text of a pattern. `meaning` says in words what the pattern means. */
export const HasForm = (form: RegExp, meaning: string, example: string) =>
  Matches(form, { message: words.suchAs(meaning, example) });

/** A field that may be left out, but not be null. `IsOptional` allows both. */
export const IsOmittable = () => ValidateIf((_, value) => value !== undefined);

const maxValues = new WeakMap<object, number>();

/** The number of values in a whole body with opaque objects, at all depths. */
export const MaxValues =
  (most: number): ClassDecorator =>
  (type) =>
    void maxValues.set(type, most);

export const maxValuesOf = (type: object): number => maxValues.get(type) ?? Infinity;

/** Options of `each`: a fault is reported at the item, not at its list. */
export const EACH_ITEM = { each: true, context: { atItem: true } } satisfies ValidationOptions;

/** Where the class of a nested object stands in the metadata of class-validator. */
export interface NestedContext {
  type: () => Type<object>;
}

/** An object with a DTO of its own. */
export const IsNested = (type: NestedContext['type']) =>
  ValidateNested({ context: { type } satisfies NestedContext });
/** A list of objects with a DTO of their own. Limit their number with `ArrayMaxSize`. */
export const IsListOf = (type: NestedContext['type']) =>
  applyDecorators(
    IsArray(),
    ValidateNested({ each: true, context: { type } satisfies NestedContext }),
  );

/** Name of the rule that `CheckedBy` adds. */
export const CHECKED_BY = 'checkedBy';
/** Finds faults in a value. Their pointers begin at the value: `''` is the value itself. */
export type ValueCheck = (value: unknown) => readonly FieldError[];

/** A value that the other decorators cannot describe, such as a text or a list of parts. */
export const CheckedBy = (check: ValueCheck) =>
  ValidateBy({
    name: CHECKED_BY,
    constraints: [check],
    validator: { validate: (value) => check(value).length === 0 },
  });
