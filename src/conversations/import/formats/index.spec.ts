import { describe, expect, it } from '@jest/globals';
import { readConversation } from '../../../../test/support/read-source.js';
import { FormatError } from './index.js';

describe('readConversation', () => {
  it.each([
    [null],
    ['text'],
    [7],
    [[]],
    [[7]],
    [{}],
    [{ turns: [] }],
    [{ speakers: [] }],
    [{ mapping: null }],
  ])('refuses %j as no conversation', (value) => {
    expect(() => readConversation(value, '')).toThrow(FormatError);
    expect(() => readConversation(value, '')).toThrow('not a conversation');
  });
});
