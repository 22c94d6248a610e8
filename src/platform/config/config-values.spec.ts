import { describe, expect, it } from '@jest/globals';
import { loadConfig } from './config.js';

describe('the configuration', () => {
  it.each([
    ['of the default size', {}, { connections: 20, perUser: 6, slow: 15, slowPerUser: 2 }],
    [
      'of five',
      { DB_POOL_SIZE: '5', DB_POOL_OVERFLOW: '0' },
      { connections: 5, perUser: 2, slow: 3, slowPerUser: 1 },
    ],
    [
      'of two',
      { DB_POOL_SIZE: '2', DB_POOL_OVERFLOW: '0' },
      { connections: 2, perUser: 1, slow: 1, slowPerUser: 1 },
    ],
    [
      'of one',
      { DB_POOL_SIZE: '1', DB_POOL_OVERFLOW: '0' },
      { connections: 1, perUser: 1, slow: 1, slowPerUser: 1 },
    ],
    [
      'whose shares are set larger than it is',
      {
        DB_POOL_SIZE: '4',
        DB_POOL_OVERFLOW: '0',
        DB_USER_CONNECTIONS: '9',
        DB_USER_SLOW_STATEMENTS: '9',
        DB_SHORT_WORK_CONNECTIONS: '9',
      },
      { connections: 4, perUser: 4, slow: 1, slowPerUser: 1 },
    ],
  ])(
    'shares out a pool %s, and leaves something to everybody where there is something',
    (_title, env, shares) => {
      expect(loadConfig(env).fairness).toMatchObject({
        ...shares,
        maxWaiting: 1000,
        maxSlowWaiting: 100,
        listTimeout: 5,
      });
    },
  );

  it('takes a blank variable for an absent one', () => {
    expect(loadConfig({ PORT: ' ', DATABASE_URL: '', AUTO_CREATE_USERS: '' })).toMatchObject({
      port: 3000,
      databaseUrl: undefined,
      autoCreateUsers: true,
    });
  });
});
