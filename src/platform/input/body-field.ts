// Documents the fields of bodies.
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { IS_OPTIONAL } from 'class-validator';
import { type NestedContext, type RuleMetadata, rulesFor, type SchemaPart } from './body-rules.js';

/**
 * Adds a field to the API document: its type and limits from the class-validator decorators below
 * this one, and the words that are given. It comes first, because decorators run from the last to
 * the first.
 */
export const BodyField =
  (given: ApiPropertyOptions): PropertyDecorator =>
  (target, name) => {
    const all = rulesFor(target.constructor).filter(
      (rule) => rule.target === target.constructor && rule.propertyName === name,
    );
    ApiProperty({ ...schemaOf(all), ...given })(target, name);
  };

function schemaOf(all: RuleMetadata[]): SchemaPart {
  const items = partsOf(all.filter(({ type, each }) => each && type === 'customValidation'));
  const nested = all.find(({ type }) => type === 'nestedValidation');
  const dto = (nested?.context as NestedContext | undefined)?.type;
  return {
    ...(all.some(({ type }) => type === 'conditionalValidation') ? { required: false } : {}),
    ...(all.some(({ name }) => name === IS_OPTIONAL) ? { nullable: true } : {}),
    ...partsOf(all.filter(({ each }) => !each)),
    ...(Object.keys(items).length > 0
      ? { items: { ...items, type: items['type'] ?? 'string' } }
      : {}),
    ...(dto && { type: nested!.each ? [dto()] : dto() }),
  };
}

/** The decorators of `bodyRule` have their part in the constraints. */
const partsOf = (rules: RuleMetadata[]): SchemaPart =>
  Object.assign(
    {},
    ...rules.map(
      ({ name, constraints }) =>
        PARTS[name!]?.(constraints ?? []) ?? (constraints?.[0] as SchemaPart),
    ),
  ) as SchemaPart;

/** What the decorators of class-validator say in JSON Schema. */
const PARTS: Record<string, (constraints: unknown[]) => SchemaPart> = {
  isString: () => ({ type: 'string' }),
  isBoolean: () => ({ type: 'boolean' }),
  isInt: () => ({ type: 'integer' }),
  isNumber: () => ({ type: 'number' }),
  isArray: () => ({ type: 'array' }),
  isIn: ([values]) => ({ type: 'string', enum: values }),
  isUuid: () => ({ type: 'string', format: 'uuid' }),
  isEmail: () => ({ type: 'string', format: 'email' }),
  isLength: ([minLength, maxLength]) => ({ minLength, maxLength }),
  maxLength: ([maxLength]) => ({ maxLength }),
  min: ([minimum]) => ({ minimum }),
  max: ([maximum]) => ({ maximum }),
  matches: ([form]) => ({ pattern: (form as RegExp).source }),
  arrayMinSize: ([minItems]) => ({ minItems }),
  arrayMaxSize: ([maxItems]) => ({ maxItems }),
  arrayUnique: () => ({ uniqueItems: true }),
};
