import base from './jest.config.mjs';

/**
 * What reads and writes memories and messages. Specs that filter by tags or metadata, search messages in
 * the database, or look for plain text in tables, are not among them.
 */
export const SEALED = [
  'context',
  'import-branches',
  'memories',
  'memory-context',
  'memory-near',
  'memory-supersession',
  'memory-time',
  'message-keys',
  'messages',
  'search-grammar',
  'summaries',
  'turn-queue',
  'turns',
];

/** `npm run test:sealed`: these tests, while memories, messages and users are stored sealed. */
export default { ...base, testRegex: `test/e2e/(${SEALED.join('|')})\\.e2e-spec\\.ts$` };
