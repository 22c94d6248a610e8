import { describe, expect, it } from '@jest/globals';
import { nearName } from './near-name.js';

const KNOWN = ['externalId', 'email', 'name', 'expiresAt', 'settings', 'id'];

describe('the name that somebody may have meant', () => {
  it.each([
    ['extrenalId', 'externalId'],
    ['external_id', 'externalId'],
    ['e-mail', 'email'],
    ['EMAIL', 'email'],
    ['names', 'name'],
    ['nmae', undefined],
    ['expiresIn', 'expiresAt'],
    ['x', undefined],
    ['', undefined],
    ['__proto__', undefined],
    ['colour', undefined],
    ['externalId'.repeat(5), undefined],
  ])('is, for %j, %j', (name, near) => {
    expect(nearName(name, KNOWN)).toBe(near);
  });

  it('is the first of those that are equally near', () => {
    expect(nearName('titles', ['title', 'tilts'])).toBe('title');
    expect(nearName('abc', ['abd', 'abe'])).toBe('abd');
  });
});
