// Filters of LangGraph on the fields of values, and their SQL.
import type { FieldError } from '../../platform/errors/index.js';
import { isPlainObject, pointerToken, words } from '../../platform/input/index.js';

const OPERATORS = ['$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$in', '$nin'] as const;
const MAX_CONDITIONS = 20;
const MAX_LISTED = 100;

/** One condition. The operand is in a list, as PostgreSQL would take a null for a missing one. */
export interface FilterCondition {
  field: string;
  operator: string;
  operand: [unknown];
}

/** A value is to be equal; an object whose keys begin with `$` has operators. */
export function conditionsOf(filter: Record<string, unknown>): FilterCondition[] {
  return Object.entries(filter).flatMap(([field, wanted]) =>
    hasOperators(wanted)
      ? Object.entries(wanted).map(([operator, operand]): FilterCondition => ({
          field,
          operator,
          operand: [operand],
        }))
      : [{ field, operator: '$eq', operand: [wanted] } satisfies FilterCondition],
  );
}

const hasOperators = (wanted: unknown): wanted is Record<string, unknown> =>
  isPlainObject(wanted) && Object.keys(wanted).some((key) => key.startsWith('$'));

/** What is wrong with a filter, so that none is understood in another way than it was meant. */
export function filterFaults(filter: unknown): FieldError[] {
  if (!isPlainObject(filter)) return [{ pointer: '', message: words.object }];
  const conditions = conditionsOf(filter);
  if (conditions.length > MAX_CONDITIONS)
    return [{ pointer: '', message: words.maxConditions(MAX_CONDITIONS) }];
  return conditions.flatMap(faultsOf);
}

function faultsOf({ field, operator, operand: [operand] }: FilterCondition): FieldError[] {
  const pointer = `/${pointerToken(field)}/${pointerToken(operator)}`;
  if (!OPERATORS.includes(operator as (typeof OPERATORS)[number]))
    return [{ pointer, message: words.unknown }];
  if (operator === '$in' || operator === '$nin') {
    if (!Array.isArray(operand)) return [{ pointer, message: words.list }];
    return operand.length > MAX_LISTED ? [{ pointer, message: words.maxItems(MAX_LISTED) }] : [];
  }
  if (operator === '$eq' || operator === '$ne') return [];
  return ['number', 'string'].includes(typeof operand)
    ? []
    : [{ pointer, message: words.textOrNumber }];
}

/**
 * The SQL condition that a value passes all conditions. Only two numbers, or two texts by their code
 * points, are less or greater.
 * @param conditions a parameter: `FilterCondition[]` as JSON
 */
export const passes = (value: string, conditions: string): string => `not exists (
  select from jsonb_to_recordset(${conditions}::jsonb) f (field text, operator text, operand jsonb)
   cross join lateral (select ${value} -> f.field as found, f.operand -> 0 as wanted) v
   cross join lateral (select case
       when jsonb_typeof(v.found) is distinct from jsonb_typeof(v.wanted) then null
       when jsonb_typeof(v.wanted) = 'number'
         then sign((v.found #>> '{}')::numeric - (v.wanted #>> '{}')::numeric)::integer
       when jsonb_typeof(v.wanted) = 'string' then case
         when (v.found #>> '{}') collate "C" < (v.wanted #>> '{}') then -1
         when (v.found #>> '{}') collate "C" > (v.wanted #>> '{}') then 1 else 0 end
     end as sign) c
   where not coalesce(case f.operator
       when '$eq' then v.found = v.wanted
       when '$ne' then v.found is distinct from v.wanted
       when '$gt' then c.sign > 0
       when '$gte' then c.sign >= 0
       when '$lt' then c.sign < 0
       when '$lte' then c.sign <= 0
       when '$in' then v.found in (select jsonb_array_elements(v.wanted))
       when '$nin' then v.found is null or v.found not in (select jsonb_array_elements(v.wanted))
     end, false))`;
