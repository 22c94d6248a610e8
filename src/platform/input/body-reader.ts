// Reads a body by the plan of its DTO, and reports faults by JSON Pointer.
import type { Type } from '@nestjs/common';
import { type FieldError, RequestErrors, MAX_FAULTS } from '../errors/index.js';
import { type BodyPlan, type FieldPlan, planOf, type Rule } from './body-plan.js';
import { maxValuesOf } from './body-rules.js';
import { hasMoreFields, hasMoreValues, isPlainObject, pointerToken } from './json-value.js';
import { nearName } from './near-name.js';
import { words } from './words.js';

/** More than any DTO has. An object with more is refused as a whole. */
const MAX_FIELDS = 200;

/** Collects faults up to the number that an answer lists. */
class Faults {
  readonly list: FieldError[] = [];

  get isFull(): boolean {
    return this.list.length >= MAX_FAULTS;
  }

  add(pointer: string, message: string): void {
    if (!this.isFull) this.list.push({ pointer, message });
  }
}

/** Adds what is wrong with a value, which stands at `pointer`, to `faults`. */
function checkObject(type: Type<object>, value: unknown, pointer: string, faults: Faults): void {
  if (!isPlainObject(value)) faults.add(pointer, words.object);
  else if (hasMoreFields(value, MAX_FIELDS)) faults.add(pointer, words.maxFields(MAX_FIELDS));
  else checkFields(planOf(type), value, pointer, faults);
}

/** The faults of a value with pointers that begin at the value, for `CheckedBy`. */
export function faultsOf(type: Type<object>, value: unknown, pointer = ''): FieldError[] {
  const faults = new Faults();
  checkObject(type, value, pointer, faults);
  return faults.list;
}

/** Tells whether a DTO declares the field. */
export const declaresField = (type: Type<object>, name: string): boolean => planOf(type).has(name);

/** @throws AppError `request.invalid_body` with a pointer to every wrong field, at most 20 */
export function validateBody<T extends object>(type: Type<T>, value: unknown): T {
  const most = maxValuesOf(type);
  const errors = hasMoreValues(value, most)
    ? [{ pointer: '', message: words.maxValues(most) }]
    : faultsOf(type, value);
  if (errors.length > 0) throw RequestErrors.invalidBody({ errors });
  return value as T;
}

function checkFields(
  plan: BodyPlan,
  value: Record<string, unknown>,
  pointer: string,
  faults: Faults,
): void {
  for (const name in value) {
    if (faults.isFull) return;
    const field = plan.get(name);
    if (!field) faults.add(`${pointer}/${pointerToken(name)}`, unknownField(name, plan));
    else if (value[name] !== undefined) checkField(field, value[name], pointer, faults);
  }
  for (const { name, mayBeMissing } of plan.values())
    if (!mayBeMissing && value[name] === undefined)
      faults.add(`${pointer}/${pointerToken(name)}`, words.required);
}

function unknownField(name: string, plan: BodyPlan): string {
  const near = nearName(name, plan.keys());
  return near === undefined ? words.unknown : words.unknownNear(near);
}

function checkField(field: FieldPlan, value: unknown, parent: string, faults: Faults): void {
  if (value === null && field.mayBeNull) return;
  const pointer = () => `${parent}/${pointerToken(field.name)}`;
  const fault = firstFault(field.rules, value);
  if (fault !== undefined) return faults.add(pointer(), fault);
  if (field.itemRules.length > 0) checkItems(field, value as unknown[], pointer(), faults);
  if (field.check)
    for (const found of field.check(value))
      faults.add(`${pointer()}${found.pointer}`, found.message);
  if (field.nested && field.isListOfNested)
    checkList(field.nested(), value as unknown[], pointer(), faults);
  else if (field.nested) checkObject(field.nested(), value, pointer(), faults);
}

function checkItems(
  { itemRules, isReportedAtItem }: FieldPlan,
  items: unknown[],
  pointer: string,
  faults: Faults,
): void {
  for (const [place, item] of items.entries()) {
    if (faults.isFull) return;
    const fault = firstFault(itemRules, item);
    if (fault === undefined) continue;
    faults.add(isReportedAtItem ? `${pointer}/${place}` : pointer, fault);
    if (!isReportedAtItem) return;
  }
}

function checkList(type: Type<object>, items: unknown[], pointer: string, faults: Faults): void {
  for (const [place, item] of items.entries()) {
    if (faults.isFull) return;
    checkObject(type, item, `${pointer}/${place}`, faults);
  }
}

function firstFault(rules: readonly Rule[], value: unknown): string | undefined {
  for (const { test, message } of rules) if (!test(value)) return message;
  return undefined;
}
