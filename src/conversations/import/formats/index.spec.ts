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

describe('what cannot be imported', () => {
  it.each([
    ['the account of an export', { id: 'u', email: 'a@b', phone_number: null }, 'its ZIP'],
    ['feedback', [{ conversation_id: 'c', rating: 'up' }], 'a list of something else'],
    ['feedback alone', { conversation_id: 'c', rating: 'up' }, 'the feedback of a ChatGPT export'],
    ['training data', { prompt: 'a', completion: 'b' }, 'make each line'],
    ['a conversation of ours', { id: 'c', lastSeq: 2, forkedFrom: null }, 'npx threadkeep export'],
    ['anything else', { colour: 'red' }, 'an object with `colour`; an export of ChatGPT'],
  ])('is described: %s', (_, value, words) => {
    expect(() => readConversation(value)).toThrow(words);
  });
});
