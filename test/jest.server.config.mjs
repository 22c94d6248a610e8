import base from './jest.config.mjs';
import { POOLED } from './jest.pgbouncer.config.mjs';

/**
 * Specs whose results do not depend on the server at TEST_DATABASE_URL: they start a server of their own, or what they
 * test is decided in the process. They run once, in `npm test`. Their statements are sent to the server all the same:
 * `statements.db-spec` sends every one.
 */
const ONCE = [
  'account-mails',
  'accounts',
  'agent-configs',
  'agent-conversations',
  'api-keys',
  'body-vocabulary',
  'byte-budgets',
  'cache',
  'conditional-requests',
  'context-(cache|replay|sources|state)',
  'dialects',
  'digests',
  'door',
  'effective-configs',
  'egress',
  'embedder-default',
  'exact-numbers',
  'export',
  'export-command',
  'feedback',
  'fuzz',
  'guard',
  'health',
  'hostile-payloads',
  'import(-.*)?',
  'list-grammar',
  'logging',
  'mcp-.*',
  'memory-(context|guard|supersession|time)',
  'memory-search-languages',
  'memory-vectors',
  'message-content',
  'message-(keys|times)',
  'message-search-languages',
  'model-.*',
  'openai-compat(-.*)?',
  'openapi.*',
  'outside-issuers',
  'overrides',
  'problems',
  'reply-cache',
  'scope-matrix',
  'packed-command',
  'search-grammar',
  'shared-agent-configs',
  'start',
  'start-(env-file|mistakes|port|refused)',
  'stream-socket',
  'streams',
  'summaries',
  'turn-(endings|queue)',
  'turn-tools(-.*)?',
  'user-(names|settings-schema)',
  'users',
  'vault',
  'vault-rotation',
];

/**
 * `npm run test:server`: what depends on the PostgreSQL server, on the one at TEST_DATABASE_URL. CI runs what is pooled on
 * that server, too, through PgBouncer.
 */
export default {
  ...base,
  testRegex: '\\.(db|e2e)-spec\\.ts$',
  testPathIgnorePatterns: [
    `test/e2e/(${[...ONCE, ...POOLED].join('|')})\\.e2e-spec\\.ts$`,
    // They test the clients.
    '/test/clients/',
  ],
};
