import base from './jest.config.mjs';

/** What needs more than Node and an embedded PostgreSQL, or more time than a submission has: `npm run test:faults`. */
export default {
  ...base,
  testRegex: '\\.fault-spec\\.ts$',
  testTimeout: 600_000,
  // They wait for timeouts more than they compute.
  maxWorkers: 3,
};
