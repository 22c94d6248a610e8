// Tokens of the forms that issuers give them, which nobody has given. They are put together when a test runs, so that no scanner of
// repositories takes a test for a leak.
import { createHash } from 'node:crypto';

export const of = (...parts: string[]): string => parts.join('');

/** Letters and digits as issuers draw them, the same in every run. */
export const random = (length: number, encoding: 'base64url' | 'hex' = 'hex'): string =>
  createHash('shake256', { outputLength: length })
    .update('threadkeep')
    .digest(encoding)
    .slice(0, length);

export const alphanumeric = (length: number): string =>
  `A9${random(length * 2, 'base64url').replace(/[_-]/g, '')}`.slice(0, length);

export const letters = (length: number): string =>
  alphanumeric(length * 2)
    .replace(/\d/g, '')
    .slice(0, length);
