import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../config/config.js';
import { PIPELINED_CONNECTIONS, maxConnections } from './connection-counts.js';

const example = readFileSync(
  join(import.meta.dirname, '../../../../.env.example'),
  'utf8',
).replaceAll(/\n# /g, ' ');
const most = (environment: Record<string, string>) => maxConnections(loadConfig(environment));

describe('the most connections that a process opens, as .env.example says it', () => {
  it('is the sum of the pools and a fixed number', () => {
    const fixed = most({}) - 5 - 15 - 2 - 3;
    expect(example).toContain(
      `DB_POOL_SIZE + DB_POOL_OVERFLOW + DB_SYSTEM_POOL_SIZE + DB_SYSTEM_POOL_OVERFLOW + ${fixed} connections`,
    );
    const pools = {
      DB_POOL_SIZE: '50',
      DB_POOL_OVERFLOW: '60',
      DB_SYSTEM_POOL_SIZE: '7',
      DB_SYSTEM_POOL_OVERFLOW: '8',
    };
    expect(most(pools)).toBe(125 + fixed);
    expect(example).toContain(`With the defaults: ${most({})} connections.`);
  });

  it('is smaller behind a transaction pooler, where no connection is shared and nothing listens', () => {
    const fixed = most({ DB_TRANSACTION_POOLER: 'true' }) - 25;
    expect(example).toContain(
      `With DB_TRANSACTION_POOLER=true it is the sum of the four + ${fixed}.`,
    );
  });

  it('has for each replica the pool, the shared connections for reads, and one check', () => {
    expect(example).toContain(
      `A replica has DB_POOL_SIZE + DB_POOL_OVERFLOW + ${PIPELINED_CONNECTIONS.user.read + 1}.`,
    );
  });
});
