// Email addresses as bodies and tokens may have them.
import { isEmail } from 'class-validator';
import { bodyRule, words } from '../../platform/input/index.js';

/**
 * ASCII before the @, and no quotes, within which anything could be. The domain may be an international
 * one.
 */
const FORM = { allow_utf8_local_part: false, blacklisted_chars: '"' };
/** Invisible characters would make two addresses that look the same. */
const VISIBLE = /^[^\p{C}\p{Z}\p{DI}]+$/u;

export const isEmailAddress = (value: unknown): value is string =>
  typeof value === 'string' &&
  isEmail(value, FORM) &&
  VISIBLE.test(value) &&
  // `ada@a。example` is the same mailbox as `ada@a.example`.
  value.normalize('NFKC') === value;

export const IsEmailAddress = bodyRule('isEmailAddress', isEmailAddress, words.email, {
  type: 'string',
  format: 'email',
});
