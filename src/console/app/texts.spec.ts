import { describe, expect, it } from '@jest/globals';
import { bytesText, conversationName } from './texts.js';

describe('an amount of bytes', () => {
  it.each([
    [0, '0 B'],
    [0.5, '0.5 B'],
    [999, '999 B'],
    [999.9, '1 kB'],
    [1_000, '1 kB'],
    [999_499, '999 kB'],
    [999_999, '1 MB'],
    [1_254_000, '1.25 MB'],
    [5e15, '5000 TB'],
  ])('of %d is %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
});

describe('what a conversation is called', () => {
  it('is its title, or else its key', () => {
    expect(conversationName({ title: 'A trip', key: 'trip' })).toBe('A trip');
    expect(conversationName({ title: '', key: 'trip' })).toBe('trip');
    expect(conversationName({ title: null, key: 'trip' })).toBe('trip');
    expect(conversationName({ title: null, key: null })).toBeNull();
  });
});
