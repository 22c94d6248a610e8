// Compiles the class-validator decorators of a DTO. What comes out is run for each body: it tests
// the type of a field before its size, and does not look into a list that is too long.
import type { Type } from '@nestjs/common';
import { getMetadataStorage, IS_OPTIONAL } from 'class-validator';
import {
  CHECKED_BY,
  EACH_ITEM,
  type NestedContext,
  type RuleMetadata,
  rulesFor,
  type ValueCheck,
} from './body-rules.js';
import { isLongerThan } from './json-value.js';
import { VOCABULARY, words } from './words.js';

export interface Rule {
  test: (value: unknown) => boolean;
  message: string;
}

export interface FieldPlan {
  name: string;
  mayBeMissing: boolean;
  mayBeNull: boolean;
  /** In the order in which they are tested; the first that fails is reported. */
  rules: readonly Rule[];
  /** Rules of each item of a list. */
  itemRules: readonly Rule[];
  /** Whether a fault is reported at the item, not at the list. */
  isReportedAtItem: boolean;
  check: ValueCheck | undefined;
  /** The DTO of a nested object, or of each item of a list of them. */
  nested: (() => Type<object>) | undefined;
  isListOfNested: boolean;
}

export type BodyPlan = ReadonlyMap<string, FieldPlan>;

const plans = new WeakMap<Type<object>, BodyPlan>();

/** @throws Error for a list without a limit of its items, which would cost an unbounded time */
export function planOf(type: Type<object>): BodyPlan {
  const known = plans.get(type);
  if (known) return known;
  const all = rulesFor(type);
  const names = new Set(all.map(({ propertyName }) => propertyName));
  const plan = new Map(
    [...names].map((name) => [
      name,
      fieldPlan(
        name,
        // Decorators run from the last to the first.
        all.filter(({ propertyName }) => propertyName === name).reverse(),
      ),
    ]),
  );
  plans.set(type, plan);
  return plan;
}

function fieldPlan(name: string, all: RuleMetadata[]): FieldPlan {
  const nested = all.find(({ type }) => type === 'nestedValidation');
  const check = all.find((rule) => rule.name === CHECKED_BY);
  const rules = all.filter(({ type, name }) => type === 'customValidation' && name !== CHECKED_BY);
  const itemRules = rules.filter(({ each }) => each);
  if (
    all.some((rule) => rule.name === 'isArray') &&
    !all.some((rule) => rule.name === 'arrayMaxSize')
  )
    throw new Error(`The list ${name} has no @ArrayMaxSize.`);
  const isReportedAtItem = itemRules.some(({ context }) => context === EACH_ITEM.context);
  return {
    name,
    mayBeMissing: all.some(({ type }) => type === 'conditionalValidation'),
    mayBeNull: all.some((rule) => rule.name === IS_OPTIONAL),
    rules: compiled(rules.filter(({ each }) => !each)),
    itemRules: compiled(itemRules).map(({ test, message }) => ({
      test,
      message: isReportedAtItem ? message : words.eachItem(message),
    })),
    isReportedAtItem,
    check: check?.constraints?.[0] as ValueCheck | undefined,
    nested: (nested?.context as NestedContext | undefined)?.type,
    isListOfNested: nested?.each ?? false,
  };
}

/** Decorators that test a type. They come first. */
const TYPES = new Set(['isString', 'isInt', 'isNumber', 'isBoolean', 'isArray', 'isIn']);

const compiled = (all: RuleMetadata[]): Rule[] =>
  all
    .toSorted((a, b) => Number(TYPES.has(b.name!)) - Number(TYPES.has(a.name!)))
    .flatMap((rule) => rulesOf(rule, all));

function rulesOf(rule: RuleMetadata, siblings: RuleMetadata[]): Rule[] {
  const limitOf = (name: string) =>
    siblings.find((one) => one.name === name)?.constraints?.[0] as number | undefined;
  const constraints = rule.constraints as [number, number];
  const test = testOf(rule);
  switch (rule.name ?? '') {
    case 'isInt':
    case 'isNumber':
      return [numberRule(test, rule.name === 'isInt', limitOf('min'), limitOf('max'))];
    case 'min':
    case 'max':
      // `numberRule` of the type tests the range.
      return [];
    case 'arrayUnique':
      // class-validator compares each item with each.
      return [{ test: hasEachOnce, message: words.uniqueItems }];
    case 'isLength':
      return [atLeast(constraints[0]), atMost(constraints[1])];
    case 'maxLength':
      return [atMost(constraints[0])];
    default:
      return [{ test, message: MESSAGES[rule.name!]?.(rule.constraints ?? []) ?? messageOf(rule) }];
  }
}

/** What class-validator's decorators want, in our words. */
const MESSAGES: Record<string, (constraints: unknown[]) => string> = {
  isString: () => words.text,
  isBoolean: () => words.flag,
  isArray: () => words.list,
  isIn: ([values]) => words.oneOf(values as unknown[]),
  isUuid: () => words.uuid,
  isEmail: () => words.email,
  arrayMinSize: ([min]) => (min === 1 ? words.notEmpty : words.minItems(min as number)),
  arrayMaxSize: ([max]) => words.maxItems(max as number),
};

function numberRule(
  hasType: Rule['test'],
  isInteger: boolean,
  min = isInteger ? Number.MIN_SAFE_INTEGER : undefined,
  max = isInteger ? Number.MAX_SAFE_INTEGER : undefined,
): Rule {
  if (min === undefined && max === undefined) return { test: hasType, message: words.anyNumber };
  if (min === undefined || max === undefined) throw new Error('A number has one bound only.');
  return {
    test: (value) => hasType(value) && (value as number) >= min && (value as number) <= max,
    message: isInteger ? words.integer(min, max) : words.number(min, max),
  };
}

const hasEachOnce = (value: unknown): boolean =>
  new Set(value as unknown[]).size === (value as unknown[]).length;

const atLeast = (min: number): Rule => ({
  test: (value) => isLongerThan(value as string, min - 1),
  message: min === 1 ? words.notEmpty : words.minCharacters(min),
});
const atMost = (max: number): Rule => ({
  test: (value) => !isLongerThan(value as string, max),
  message: words.maxCharacters(max),
});

function testOf({ constraintCls, constraints = [], propertyName }: RuleMetadata): Rule['test'] {
  const { instance } = constraintOf(constraintCls);
  const about = { constraints, property: propertyName, targetName: '', object: {}, value: null };
  return (value) => instance.validate(value, about) as boolean;
}

/**
 * The message that a decorator brings along.
 * @throws Error for a message of other words, such as class-validator's own
 */
function messageOf({ message, constraintCls, name }: RuleMetadata): string {
  const own = message || constraintOf(constraintCls).instance.defaultMessage?.();
  if (typeof own !== 'string' || !VOCABULARY.some((phrase) => phrase.test(own)))
    throw new Error(`The decorator ${name} has no message of the vocabulary of bodies.`);
  return own;
}

const constraintOf = (type: RuleMetadata['constraintCls']) =>
  getMetadataStorage().getTargetValidatorConstraints(type)[0]!;
