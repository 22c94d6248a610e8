import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { problemWords } from './problem-words.js';

describe('the words for a wrong value', () => {
  it.each<[z.ZodType, unknown, string]>([
    [z.array(z.string()), {}, 'must be an array'],
    [z.object({}), [], 'must be an object'],
    [z.string(), 1, 'must be a string'],
    [z.int(), 'a', 'must be a number'],
    [z.string().min(1), '', 'must have at least 1 character'],
    [z.string().min(2), '', 'must have at least 2 characters'],
    [z.string().max(1), 'ab', 'must have at most 1 character'],
    [z.number().min(1), 0, 'must be at least 1'],
  ])('are plain English (%#)', (schema, value, words) => {
    const { error } = schema.safeParse(value, { error: problemWords });
    expect(error!.issues.map(({ message }) => message)).toEqual([words]);
  });
});
