import base from './jest.config.mjs';

/**
 * Specs whose results do not depend on the server at TEST_DATABASE_URL: they start a server of their own, or what they
 * test is decided before PostgreSQL is asked. They run once, in `npm test`.
 */
const ONCE = [
  'body-vocabulary',
  'door',
  'egress',
  'embedder-default',
  'fuzz',
  'guard',
  'hostile-payloads',
  'import-(cli|client|command)',
  'logging',
  'mcp-.*',
  'openapi.*',
  'problems',
  'scope-matrix',
  'start',
  'start-(env-file|port|refused)',
];

/** `npm run test:server`: what depends on the PostgreSQL server, on the one at TEST_DATABASE_URL. */
export default {
  ...base,
  testRegex: '\\.(db|e2e)-spec\\.ts$',
  testPathIgnorePatterns: [`test/e2e/(${ONCE.join('|')})\\.e2e-spec\\.ts$`],
};
