// Says in plain words what is wrong with a variable, and what it may be. Never shows its value.
import type { z } from 'zod';

/** Returns undefined for what a schema says in words of its own. */
export function problemWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type')
    return issue.expected === 'int' ? 'must be a whole number' : `must be ${named(issue.expected)}`;
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  if (issue.code === 'too_small')
    return boundWords(issue.origin, issue.inclusive ? 'at least' : 'more than', issue.minimum);
  if (issue.code === 'too_big')
    return boundWords(issue.origin, issue.inclusive ? 'at most' : 'less than', issue.maximum);
  return undefined;
}

const boundWords = (origin: string, bound: string, value: number | bigint): string =>
  origin === 'string'
    ? `must have ${bound} ${value} ${Number(value) === 1 ? 'character' : 'characters'}`
    : `must be ${bound} ${value}`;

const named = (type: string): string => `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
