import { describe, expect, it } from '@jest/globals';
import { misspeltSettings } from './unknown-names.js';

describe('names of the environment that nobody reads', () => {
  it.each([
    ['EMBEDER', 'EMBEDDER'],
    ['DB_POOLSIZE', 'DB_POOL_SIZE'],
    ['DATABASE_ULR', 'DATABASE_URL'],
    ['REDIS_URI', 'REDIS_URL'],
    ['DATADIR', 'DATA_DIR'],
  ])('are named when a setting resembles them: %s', (name, meant) => {
    expect(misspeltSettings({ [name]: 'x' })).toEqual([
      `${name} is no setting of Threadkeep. Did you mean ${meant}?`,
    ]);
  });

  it('are no concern of ours when they resemble nothing, or the setting is there, too', () => {
    expect(
      misspeltSettings({
        PATH: '/bin',
        HOME: '/root',
        HOSTNAME: 'web-1',
        LOGNAME: 'ada',
        REDIS_PORT: 'tcp://10.0.0.1:6379',
        NODE_OPTIONS: '',
        THREADKEEP_API_KEY: 'tk_',
        ['X'.repeat(10_000)]: '',
        EMBEDER: 'local',
        EMBEDDER: 'none',
      }),
    ).toEqual([]);
  });
});
