import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../platform/config/config.js';
import { childEnvironment } from './child-environment.js';
import { CommandRules } from './command-rules.js';
import { type StdioServer } from './mcp-server.js';

const LISTED = ['npx', '-y', '@example/server@1.2.3'];
const rules = new CommandRules(
  loadConfig({
    MCP_STDIO_COMMANDS: JSON.stringify(['npx', '/usr/bin/uvx', LISTED]),
    MCP_STDIO_VARIABLES: 'LOG_FORMAT,LD_PRELOAD,npm_config_cache',
  }),
);
const server = (changes: Partial<StdioServer> = {}): StdioServer => ({
  transport: 'stdio',
  command: 'npx',
  args: ['-y', 'a'],
  env: { TOKEN: 'a' },
  ...changes,
});
const refused = (reason: string) =>
  expect.objectContaining({
    name: 'McpFault',
    reason,
    detail: expect.not.stringMatching(/canary/i),
  });
const both = [
  ['the service', true],
  ['a user', false],
] as [string, boolean][];

describe('a command of an MCP server', () => {
  it('is allowed with any arguments for the service when the operator lists its name', () => {
    expect(() => rules.check(server(), true)).not.toThrow();
    expect(() =>
      rules.check(server({ command: '/usr/bin/uvx', args: [], env: {} }), true),
    ).not.toThrow();
  });

  it.each([
    [[]],
    [['-y', 'a']],
    [['-y']],
    [['-y', '@example/server@1.2.4']],
    [['-y', '@example/server@1.2.3', '']],
    [['-y @example/server@1.2.3']],
    [['@example/server@1.2.3', '-y']],
  ])('is allowed for a user only with the listed arguments, not with %j', (args) =>
    expect(() => rules.check(server({ args }), false)).toThrow(refused('not_allowed')),
  );

  it.each(both)('is allowed with exactly the listed arguments to %s', (_who, isService) => {
    expect(() => rules.check(server({ args: LISTED.slice(1) }), isService)).not.toThrow();
  });

  it.each([
    '',
    'NPX',
    'npx ',
    ' npx',
    './npx',
    '/usr/bin/npx',
    'uvx',
    '/usr/bin/../bin/uvx',
    'npx\0',
    'npx;sh',
    'npx -y',
  ])('is compared exactly with the list: %j', (command) => {
    for (const args of [[], LISTED.slice(1)])
      for (const [, isService] of both)
        expect(() => rules.check(server({ command, args }), isService)).toThrow(
          refused('not_allowed'),
        );
  });

  it.each([
    { env: { 'A=B': 'canary' } },
    { env: { '': 'canary' } },
    { env: { A_TOKEN: 'canary\0' } },
    { args: ['canary\0'] },
  ])('is refused with arguments or variables that contain NUL: %j', (changes) => {
    expect(() => rules.check(server(changes), true)).toThrow(refused('invalid'));
  });
});

describe('an environment variable of an MCP server', () => {
  const passes = (name: string, isService: boolean) =>
    rules.environmentFault({ [name]: 'canary' }, isService) === null;

  it.each([
    'TOKEN',
    'KEY',
    'PASSWORD',
    'GITHUB_TOKEN',
    'GITHUB_PERSONAL_ACCESS_TOKEN',
    'GITLAB_TOKEN',
    'SLACK_BOT_TOKEN',
    'SLACK_TEAM_ID',
    'BRAVE_API_KEY',
    'GOOGLE_API_KEY',
    'NOTION_API_KEY',
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'STRIPE_SECRET_KEY',
    'JIRA_USERNAME',
    'ATLASSIAN_EMAIL',
    'OAUTH2_CLIENT_SECRET',
    'LOG_FORMAT',
  ])('is allowed to everyone when it holds a credential: %s', (name) =>
    expect([passes(name, true), passes(name, false)]).toEqual([true, true]),
  );

  it.each(['API_URL', 'DATABASE_URL', 'PGHOST_HOST', 'SMTP_PORT', 'AWS_REGION', 'OTEL_ENDPOINT'])(
    'is allowed only to the service when it names a destination: %s',
    (name) => {
      expect([passes(name, true), passes(name, false)]).toEqual([true, false]);
    },
  );

  it.each([
    'PATH',
    'Path',
    'HOME',
    'USER',
    'SHELL',
    'SHELLOPTS',
    'BASHOPTS',
    'ENV',
    'BASH_ENV',
    'BASH_FUNC_ls',
    'IFS',
    'PS4',
    'TMPDIR',
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'LD_AUDIT_KEY',
    'DYLD_INSERT_LIBRARIES',
    'GCONV_PATH',
    'NODE_OPTIONS',
    'NODE_PATH',
    'NODE_EXTRA_CA_CERTS',
    'NODE_AUTH_TOKEN',
    'npm_config_registry',
    'npm_config_cache',
    'NPM_CONFIG_REGISTRY',
    'NPM_TOKEN',
    'YARN_KEY',
    'COREPACK_NPM_REGISTRY',
    'PYTHONPATH',
    'PYTHONSTARTUP',
    'PYTHONBREAKPOINT',
    'PYTHON_KEY',
    'PERLLIB',
    'PERL5OPT',
    'PERL5DB',
    'RUBYOPT',
    'RUBYLIB',
    'GEM_HOST_API_KEY',
    'BUNDLE_KEY',
    'JAVA_TOOL_OPTIONS',
    '_JAVA_OPTIONS',
    'JDK_JAVA_OPTIONS',
    'CLASSPATH',
    'UV_INDEX_URL',
    'UV_PUBLISH_TOKEN',
    'PIP_INDEX_URL',
    'PIP_KEY',
    'GIT_SSH_COMMAND',
    'GIT_ASKPASS',
    'GIT_CONFIG_KEY',
    'GIT_CONFIG_KEY_0',
    'SSH_ASKPASS',
    'SSH_KEY',
    'DOCKER_HOST',
    'DOCKER_AUTH_TOKEN',
    'CARGO_REGISTRY_TOKEN',
    'GOFLAGS',
    'GOPROXY',
    'DOTNET_KEY',
    'OPENSSL_CONF',
    'PHP_KEY',
    'XDG_CONFIG_HOME',
    '_',
    '__TOKEN',
  ])('is never allowed when it could change which program runs, even when listed: %s', (name) =>
    expect([passes(name, true), passes(name, false)]).toEqual([false, false]),
  );

  it.each([
    'HTTPS_PROXY',
    'https_proxy',
    'SSL_CERT_FILE',
    'CURL_HOME',
    'EDITOR',
    'PAGER',
    'KUBECONFIG',
    'GOOGLE_APPLICATION_CREDENTIALS',
    'token',
    'Github_Token',
    'MY TOKEN',
    'TOKENS',
    'DISPLAY',
    'LS_COLORS',
    'ANYTHING',
  ])('is allowed under any other name when the operator lists it: %s', (name) =>
    expect([passes(name, true), passes(name, false)]).toEqual([false, false]),
  );

  it('is passed to the child beside PATH, HOME, LANG and TZ only', () => {
    process.env['DATABASE_URL'] = 'postgres://canary';
    try {
      const place = { PATH: process.env['PATH'], HOME: '/tmp/own', LANG: 'C.UTF-8', TZ: 'UTC' };
      expect(childEnvironment({ TOKEN: 'a' }, '/tmp/own')).toEqual({ ...place, TOKEN: 'a' });
      expect(
        childEnvironment({ HOME: '/elsewhere', PATH: '/elsewhere', LANG: 'x' }, '/tmp/own'),
      ).toEqual(place);
    } finally {
      delete process.env['DATABASE_URL'];
    }
  });
});
