import base from './jest.config.mjs';

/**
 * Of the API, what leaves most to PostgreSQL: what filters and searches, erases, merges, seals, and runs beside other
 * work. The others run on the embedded server, in `npm test`, and `statements.db-spec` sends every statement to this one.
 */
const DECIDED_BY_SERVER = [
  'bulk-deletion',
  'conversation-filters',
  'events',
  'gone',
  'jobs',
  'list-model',
  'list-under-change',
  'memory-erasure',
  'memory-filters',
  'memory-near',
  'memory-search',
  'merge-users',
  'message-erasure',
  'message-search',
  'message-vectors',
  'sealed-memories-switch',
  'sealed-messages-switch',
  'start-on-server',
  'undo-merges',
];

/**
 * `npm run test:server`: what depends on the PostgreSQL server, on the one at TEST_DATABASE_URL. CI runs what is pooled on
 * that server, too, through PgBouncer.
 */
export default {
  ...base,
  testRegex: `(\\.db-spec|test/e2e/(${DECIDED_BY_SERVER.join('|')})\\.e2e-spec)\\.ts$`,
};
