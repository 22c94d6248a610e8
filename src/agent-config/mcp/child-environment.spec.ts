import { describe, expect, it } from '@jest/globals';
import { checkCommand, childEnvironment } from './child-environment.js';
import { type StdioServer } from './mcp-server.js';

const ALLOWED = new Set(['npx', '/usr/bin/uvx']);
const server = (changes: Partial<StdioServer> = {}): StdioServer => ({ transport: 'stdio', command: 'npx', args: ['-y', 'a'], env: { TOKEN: 'a' }, ...changes });
const refused = (reason: string) => expect.objectContaining({ name: 'McpFault', reason, detail: expect.not.stringMatching(/canary/i) });

describe('a command', () => {
  it('may be started when operator and principal allow it', () => {
    expect(() => checkCommand(server(), ALLOWED, true)).not.toThrow();
    expect(() => checkCommand(server({ command: '/usr/bin/uvx', args: [], env: {} }), ALLOWED, true)).not.toThrow();
  });

  it('may not when one of them does not', () => {
    expect(() => checkCommand(server(), ALLOWED, false)).toThrow(refused('not_allowed'));
    expect(() => checkCommand(server(), new Set(), true)).toThrow(refused('not_allowed'));
  });

  it.each(['', 'NPX', 'npx ', ' npx', './npx', '/usr/bin/npx', 'uvx', '/usr/bin/../bin/uvx', 'npx\0', 'npx;sh', 'npx -y'])('is compared exactly: %j', (command) => {
    expect(() => checkCommand(server({ command }), ALLOWED, true)).toThrow(refused('not_allowed'));
  });

  it.each(['PATH', 'Path', 'LD_PRELOAD', 'LD_LIBRARY_PATH', 'DYLD_INSERT_LIBRARIES', 'NODE_OPTIONS', 'BASH_ENV', 'PYTHONPATH', 'JAVA_TOOL_OPTIONS', '_JAVA_OPTIONS', 'RUBYOPT', 'PERL5OPT'])(
    'is not turned into another by its environment: %s',
    (name) => expect(() => checkCommand(server({ env: { [name]: 'canary' } }), ALLOWED, true)).toThrow(refused('not_allowed')),
  );

  it.each([{ env: { 'A=B': 'canary' } }, { env: { '': 'canary' } }, { env: { A: 'canary\0' } }, { args: ['canary\0'] }])('is refused what no process can be given: %j', (changes) => {
    expect(() => checkCommand(server(changes), ALLOWED, true)).toThrow(refused('invalid'));
  });
});

it("a child gets PATH, HOME and what is configured for it, and nothing of the service's own", () => {
  process.env['DATABASE_URL'] = 'postgres://canary';
  try {
    expect(childEnvironment({ TOKEN: 'a' })).toEqual({ PATH: process.env['PATH'], HOME: process.env['HOME'], TOKEN: 'a' });
    expect(childEnvironment({ HOME: '/elsewhere' })['HOME']).toBe('/elsewhere');
  } finally {
    delete process.env['DATABASE_URL'];
  }
});
