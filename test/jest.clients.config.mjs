import base from './jest.config.mjs';

/** Published clients, each in an install of its own: `npm run test:clients`. */
export default { ...base, testRegex: '\\.clients-spec\\.ts$' };
