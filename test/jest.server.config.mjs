import base from './jest.config.mjs';

/**
 * Specs whose results do not depend on the server at TEST_DATABASE_URL: they start a server of their own, or what they
 * test is decided in the process. They run once, in `npm test`. Their statements are sent to the server all the same:
 * `statements.db-spec` sends every one.
 */
const ONCE = [
  'agent-configs',
  'api-keys',
  'body-vocabulary',
  'byte-budgets',
  'dialects',
  'digests',
  'door',
  'effective-configs',
  'egress',
  'embedder-default',
  'exact-numbers',
  'export-command',
  'fuzz',
  'guard',
  'health',
  'hostile-payloads',
  'import-(cli|client|command)',
  'list-grammar',
  'logging',
  'mcp-.*',
  'memory-search-languages',
  'memory-vectors',
  'message-content',
  'message-search-languages',
  'model-keys',
  'openai-compat(-.*)?',
  'openapi.*',
  'overrides',
  'problems',
  'reply-cache',
  'scope-matrix',
  'search-grammar',
  'shared-agent-configs',
  'start',
  'start-(env-file|port|refused)',
  'turn-queue',
  'turn-tools(-.*)?',
  'vault',
  'vault-rotation',
];

/** `npm run test:server`: what depends on the PostgreSQL server, on the one at TEST_DATABASE_URL. */
export default {
  ...base,
  testRegex: '\\.(db|e2e)-spec\\.ts$',
  testPathIgnorePatterns: [`test/e2e/(${ONCE.join('|')})\\.e2e-spec\\.ts$`],
};
