// Runs a checker over examples: each rule is broken at least once, so that no checker passes all.
import { describe, expect, it } from '@jest/globals';
import type { CheckedContext, Checker } from './rule.js';

/** Says in its title what is legal, or which rule it breaks. */
export type LegalExample = [title: string, context: CheckedContext];
export type IllegalExample = [rule: string, context: CheckedContext, fault: RegExp];

export function describeRules(
  format: string,
  check: Checker,
  legal: LegalExample[],
  illegal: IllegalExample[],
): void {
  describe(`rules of ${format}`, () => {
    it.each(legal)(`${format} takes %s`, (_, context) => {
      expect(check(context)).toBeNull();
    });
    it.each(illegal)(`${format} refuses %s`, (_, context, fault) => {
      expect(check(context)).toMatch(fault);
    });
  });
}

export const only = (...messages: object[]): CheckedContext => ({ messages });
