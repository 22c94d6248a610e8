import base from './jest.config.mjs';

/** What every request goes through; PGBOUNCER_ALL=1 takes all of the API's tests, which is a matter of minutes. */
export const POOLED = [
  'isolation',
  'conversations',
  'messages',
  'append-order',
  'idempotency-race',
  'memories',
  'agent-configs',
  'agent-conversations',
  'users',
  'accounts',
  'auto-creation',
  'api-keys',
  'vault',
  'tasks',
  'context',
  'quotas',
];
const files = process.env.PGBOUNCER_ALL ? '' : `/(${POOLED.join('|')})`;

/** `npm run test:pgbouncer`: the tests of the API, with PgBouncer in transaction mode between it and PostgreSQL. */
export default { ...base, testRegex: `test/e2e${files}\\.e2e-spec\\.ts$` };
