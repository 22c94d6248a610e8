/** @type {import('jest').Config} */
export default {
  rootDir: '..',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testEnvironment: '<rootDir>/test/support/environment.mjs',
  testRegex: '\\.(spec|db-spec|e2e-spec)\\.ts$',
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['js', 'mjs', 'ts', 'json'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFiles: ['reflect-metadata'],
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  reporters: ['default', '<rootDir>/test/support/summary-reporter.mjs'],
  testSequencer: '<rootDir>/test/support/longest-first.mjs',
  // Long, for a busy machine: what hangs is found all the same.
  testTimeout: 180_000,
  maxWorkers: 2,
  // Modules of earlier files are not given back: with gigabytes of them, collecting garbage stops a worker for seconds.
  workerIdleMemoryLimit: '1500MB',
  // On Node 20 Jest cannot require() an ES module, as @fastify/static and light-my-request do with these.
  transformIgnorePatterns: ['/node_modules/(?!(content-disposition|cookie)/)'],
  transform: {
    '(content-disposition|cookie)/.+\\.js$': ['@swc/jest', { module: { type: 'commonjs' } }],
    '^.+\\.ts$': [
      '@swc/jest',
      {
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: {
            legacyDecorator: true,
            decoratorMetadata: true,
            useDefineForClassFields: false,
          },
          keepClassNames: true,
        },
      },
    ],
  },
  collectCoverageFrom: [
    'src/**/*.ts',
    'ormconfig.ts',
    'migrations/*.ts',
    '!src/main.ts',
    '!src/cli/threadkeep.ts',
    // Runs in a browser only: see test/browser.
    '!src/console/app/**',
    '!src/**/*.module.ts',
    '!src/**/index.ts',
  ],
  coverageProvider: 'v8',
  // In percent of src, ormconfig.ts and migrations. `npm test -- --coverage` has to reach them before a release.
  coverageThreshold: { global: { lines: 90, branches: 85 } },
  coverageReporters: [['text', { skipFull: true }], 'json-summary'],
};
