import { describe, expect, it } from '@jest/globals';
import { loginOf } from './runtime-role.js';

describe('the login of a URL', () => {
  it.each([
    ['postgres://ada:x@db.example.com/app', 'ada'],
    ['postgres://ada.lovelace:x@db.example.com/app', 'ada.lovelace'],
    ['postgres://a%40b:x@db.example.com/app', 'a@b'],
    [
      'postgres://threadkeep_login.abcdefghijklmnopqrst:x@aws-0-eu-central-1.pooler.supabase.com:6543/postgres',
      'threadkeep_login',
    ],
    ['postgres://postgres:x@db.abcdefghijklmnopqrst.supabase.co:5432/postgres', 'postgres'],
  ])('%s is %s', (url, login) => {
    expect(loginOf(url)).toBe(login);
  });
});
