import base from './jest.config.mjs';

/** What needs a browser, and packages in an install of their own: `npm run test:browser`. */
export default { ...base, testRegex: '\\.browser-spec\\.ts$', testTimeout: 120_000 };
