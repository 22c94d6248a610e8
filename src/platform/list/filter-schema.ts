// Describes filters that are JSON for the API document.
import type { Type } from '@nestjs/common';
import { ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import type { Field, Operator } from './field.js';
import { FILTER_LIMITS, type FilterGrammar } from './filter-json.js';
import { SCALAR_SCHEMA, VALUE_OPERATORS, VALUES, valueSchema } from './json-values.js';
import { listSchema } from './json-readers.js';

type Schema = Record<string, unknown>;

const NULL = { type: 'null' };
const JSON_EXAMPLE =
  '{"or":[{"createdAt":{"lt":"2026-01-01"}},{"not":{"createdAt":{"lt":"2026-07-01"}}}]}';

/** The query parameter `filter` of a list. */
export const JSON_FILTER = {
  description:
    'A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`.',
  schema: { type: 'string' as const, pattern: '^\\s*\\{', examples: [JSON_EXAMPLE] },
};

/** Describes a class of filters in bodies: its members are those of the grammar. */
export function describeFilter(Dto: Type, grammar: FilterGrammar): void {
  const properties = filterSchema(grammar, { $ref: getSchemaPath(Dto) });
  for (const [name, schema] of Object.entries(properties))
    ApiPropertyOptional({ ...schema, type: Object })(Dto.prototype as object, name);
}

/**
 * The properties of a filter's schema, by name.
 * @param self the schema of the filter, which `or` and `not` refer to
 */
function filterSchema({ fields, short = {} }: FilterGrammar, self: Schema): Record<string, Schema> {
  const asked = Object.entries(fields).filter(([, { operators }]) => operators.length > 0);
  return {
    ...Object.fromEntries(asked.map(([name, field]) => [name, fieldSchema(name, field)])),
    ...Object.fromEntries(
      asked
        .filter(([, { kind }]) => kind.type === 'jsonb')
        .map(([name]) => [`${name}${VALUES}`, valuesSchema(name)]),
    ),
    ...Object.fromEntries(
      Object.entries(short).map(([name, { of, operator, description }]) => [
        name,
        { anyOf: [...alternatives(of.jsonSchema(operator)), NULL], description },
      ]),
    ),
    or: {
      anyOf: [{ type: 'array', items: self, minItems: 1, maxItems: FILTER_LIMITS.branches }, NULL],
      description: `At least one of these filters holds. A filter has at most ${FILTER_LIMITS.conditions} conditions and filters inside, on ${FILTER_LIMITS.levels} levels.`,
    },
    not: { anyOf: [self, NULL], description: 'This filter does not hold.' },
  };
}

function fieldSchema(name: string, field: Field): Schema {
  const { operators, kind } = field;
  if (kind.type === 'jsonb')
    return {
      anyOf: [field.jsonSchema('contains'), NULL],
      description: `\`${name}\` ${field.meaning('contains')}.`,
    };
  const isNullable = operators.includes('exists');
  return {
    anyOf: [
      ...alternatives(field.jsonSchema(operators[0]!)),
      ...(operators.includes('in') ? [field.jsonSchema('in')] : []),
      operatorsSchema(
        operators,
        (operator) => field.jsonSchema(operator),
        (operator) => `\`${name}\` ${field.meaning(operator)}.`,
      ),
      NULL,
    ],
    description: `\`${name}\`: a value${operators.includes('in') ? ', several of which one holds' : operators.includes('contains') ? ', several of which all hold' : ''}, or operators.${isNullable ? ' Null: it has none.' : ''}`,
  };
}

const valuesSchema = (name: string): Schema => ({
  anyOf: [
    {
      type: 'object',
      additionalProperties: {
        anyOf: [
          ...SCALAR_SCHEMA.anyOf,
          listSchema(SCALAR_SCHEMA),
          operatorsSchema(
            VALUE_OPERATORS,
            valueSchema,
            (operator) => `It ${VALUE_MEANINGS[operator]!}.`,
          ),
        ],
      },
    },
    NULL,
  ],
  description: `Values in \`${name}\` by their keys, with dots between the keys of nested objects: \`{"place.city": "Oslo", "score": {"gte": 5}}\`.`,
});

const VALUE_MEANINGS: Partial<Record<Operator, string>> = {
  eq: 'is this value',
  ne: 'is another value, or missing',
  in: 'is one of these values',
  lt: 'is of the same type and less: numbers by value, texts by code point',
  lte: 'is of the same type, and less or equal',
  gt: 'is of the same type, and greater',
  gte: 'is of the same type, and greater or equal',
  exists: 'is there and not null (`true`), or is missing or null (`false`)',
};

function operatorsSchema(
  operators: readonly Operator[],
  schema: (operator: Operator) => Schema,
  meaning: (operator: Operator) => string,
): Schema {
  const properties = operators.map((operator) => [
    operator,
    { ...schema(operator), description: meaning(operator) },
  ]);
  return {
    type: 'object',
    properties: Object.fromEntries(properties) as Schema,
    additionalProperties: false,
  };
}

/** The branches of a schema, so that they stand beside others. */
const alternatives = (schema: Schema): Schema[] =>
  (schema['anyOf'] as Schema[] | undefined) ?? [schema];
