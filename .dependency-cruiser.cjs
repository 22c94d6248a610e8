// Which way imports may go: features import the platform, and each other only downhill and only through index.ts.
const downhill = [
  'console',
  'doors',
  'chat',
  'memory',
  'planner',
  'langgraph',
  'context-window',
  'conversations',
  'agent-config',
  'webhooks',
  'users',
];

/** A feature may not import one above it. */
const uphill = downhill.flatMap((feature, i) =>
  i === 0 ? [] : [{ feature, above: downhill.slice(0, i) }],
);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'platform-knows-no-feature',
      severity: 'error',
      from: { path: '^src/platform' },
      to: { path: '^src/(?!platform)' },
    },
    {
      name: 'features-meet-at-index',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: '^src/platform' },
      to: {
        path: '^src/([^/]+)/',
        pathNot: [
          '^src/$1/',
          '^src/platform',
          '^src/[^/]+/index\\.ts$',
          '^src/conversations/import/formats/index\\.ts$',
          '^src/conversations/parts/index\\.ts$',
          '^src/conversations/messages/tree/index\\.ts$',
        ],
      },
    },
    {
      name: 'roots-use-index',
      severity: 'error',
      from: { path: '^(src/[^/]+|ormconfig)\\.ts$' },
      to: { path: '^src/[^/]+/', pathNot: ['^src/[^/]+/index\\.ts$', '^src/platform/'] },
    },
    ...uphill.map(({ feature, above }) => ({
      name: `downhill-only-${feature}`,
      severity: 'error',
      from: { path: `^src/${feature}/` },
      to: { path: `^src/(${above.join('|')})/` },
    })),
    {
      name: 'sql-knows-no-http',
      severity: 'error',
      from: {
        path: [
          '\\.(entity|repository|list)\\.ts$',
          '^src/platform/(database|idempotency|input|list|repository)/',
        ],
        pathNot: ['\\.(interceptor|controller|dto)\\.ts$', '\\.spec\\.ts$'],
      },
      to: { path: '^src/platform/http/' },
    },
    {
      name: 'typeorm-in-its-place',
      severity: 'error',
      from: {
        path: '^src',
        pathNot: [
          '\\.(entity|repository)\\.ts$',
          '^src/platform/(database|repository)/',
          '^src/platform/idempotency/erased-answers\\.ts$',
          '\\.spec\\.ts$',
        ],
      },
      to: { path: 'node_modules/typeorm/' },
    },
    {
      name: 'model-packages-are-lazy',
      severity: 'error',
      from: { path: '^src' },
      to: { path: 'node_modules/@ai-sdk/(anthropic|google|openai)', dynamic: false },
    },
    {
      name: 'telemetry-packages-are-behind-their-port',
      severity: 'error',
      from: {
        path: '^src',
        pathNot:
          '^src/platform/telemetry/tracing/(open-telemetry|watched-exporter(\\.spec)?)\\.ts$',
      },
      to: { path: 'node_modules/@opentelemetry/' },
    },
    {
      name: 'telemetry-packages-are-lazy',
      severity: 'error',
      from: { path: '^src', pathNot: '\\.spec\\.ts$' },
      to: { path: '^src/platform/telemetry/tracing/open-telemetry\\.ts$', dynamic: false },
    },
    {
      // `ai` sends the name of a model to a gateway, and downloads files by itself.
      name: 'models-by-their-providers-only',
      severity: 'error',
      from: { path: '^src' },
      to: { path: 'node_modules/(ai|@ai-sdk/gateway)/' },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        path: '^src',
        pathNot: ['src/main\\.ts$', '\\.spec\\.ts$', 'src/cli/', 'src/console/app/build\\.mjs$'],
      },
      to: {},
    },
    {
      // It is bundled for browsers: the service and the page share nothing.
      name: 'console-page-stands-alone',
      severity: 'error',
      from: { path: '^src/console/app/' },
      to: { path: '^src/', pathNot: '^src/console/app/' },
    },
    {
      name: 'service-imports-no-page',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/console/app/' },
      to: { path: '^src/console/app/' },
    },
    {
      name: 'no-dev-dependency',
      severity: 'error',
      from: {
        path: '^(src|migrations|ormconfig)',
        pathNot: ['\\.spec\\.ts$', '^src/console/app/'],
      },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js'],
    },
  },
};
