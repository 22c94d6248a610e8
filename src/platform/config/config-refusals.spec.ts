import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { problemsOf } from '../../../test/support/config-problems.js';
import { loadConfig } from './config.js';

describe('a configuration that cannot be used', () => {
  it.each([
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '0'],
    ['TRUST_PROXY', '10/8'],
    ['ALLOWED_HOSTS', 'api.example.com:3000'],
    ['ALLOWED_HOSTS', 'https://api.example.com'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'null'],
    ['CORS_ORIGINS', 'https://app.example.com/'],
    ['CORS_ORIGINS', 'app.example.com'],
    ['METRICS_TOKEN', 'short'],
    ['QUOTA_MESSAGES', '-1'],
    ['QUOTA_MESSAGE_BYTES', '1.5'],
    ['METRICS_PORT', '0'],
    ['RATE_LIMIT_PER_SECOND', '-1'],
    ['MAX_CONNECTIONS', '0'],
    ['MERGE_UNDO_DAYS', '-1'],
    ['MERGE_UNDO_DAYS', '91'],
    ['MERGE_UNDO_DAYS', '1.5'],
  ])('refuses %s=%s', (name, value) => {
    expect(problemsOf({ [name]: value })).toContain(`  ${name}: `);
  });

  it.each([
    ['PORT', 'abc', 'must be a number'],
    ['PORT', '70000', 'must be at most 65535'],
    ['PORT', '1.5', 'must be a whole number'],
    ['DB_POOL_SIZE', '0', 'must be at least 1'],
    ['DB_POOL_TIMEOUT', '0', 'must be more than 0'],
    ['EMBEDDER', 'openia', 'must be one of none, local, openai'],
    ['SEAL_USERS', 'yes', 'must be one of true, false'],
  ])('says of %s=%s what it may be', (name, value, words) => {
    expect(problemsOf({ [name]: value })).toBe(
      `The environment is not usable:\n  ${name}: ${words}`,
    );
  });

  it('is refused with every problem at once', () => {
    const message = problemsOf({
      PORT: '70000',
      LOG_LEVEL: 'loud',
      DB_TRANSACTION_POOLER: 'yes',
      DB_POOL_SIZE: '0',
      DB_POOL_TIMEOUT: '0',
      REDIS_URL: 'localhost',
    });
    expect(message.split('\n').map((line) => line.trim().split(':')[0])).toEqual([
      'The environment is not usable',
      'PORT',
      'LOG_LEVEL',
      'DB_TRANSACTION_POOLER',
      'DB_POOL_SIZE',
      'DB_POOL_TIMEOUT',
      'REDIS_URL',
    ]);
  });

  it('never shows a value, which may be a secret', () => {
    const message = problemsOf({
      DATABASE_URL: 'mysql://u:hunter2@h/d',
      DATABASE_ADMIN_URL: 'hunter3',
      REDIS_URL: 'http://hunter4',
      BOOTSTRAP_API_KEY: 'hunter5',
    });
    expect(message).toContain('DATABASE_URL: must be a postgres:// URL');
    expect(message).not.toMatch(/hunter/);
  });

  it.each(['3000x', '-1', '1.5', 'NaN'])('is refused with PORT=%j', (PORT) => {
    expect(problemsOf({ PORT })).toContain('PORT');
  });

  it.each([
    'a'.repeat(43),
    'ab'.repeat(30),
    'changeme-'.repeat(8),
    'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
    '0123456789'.repeat(5),
    'aabbccddeeffgghhiijjkkllmmnnooppqqrrssttuuvvww',
    `${'correcthorsebattery'.repeat(3)}1`,
  ])('is refused with the key tk_%s, which is no random one', (pattern) => {
    expect(problemsOf({ BOOTSTRAP_API_KEY: `tk_${pattern}` })).toContain(
      'BOOTSTRAP_API_KEY: is too easily guessed',
    );
  });

  it('is accepted with a random key, in hexadecimal and decimal digits too', () => {
    const texts = Array.from({ length: 2_000 }, () => randomBytes(32));
    for (const bytes of texts) {
      for (const key of [
        bytes.toString('base64url'),
        bytes.toString('hex'),
        [...bytes, ...bytes.toReversed()].map((byte, i) => ((byte * (i + 7)) >> 3) % 10).join(''),
      ]) {
        expect(loadConfig({ BOOTSTRAP_API_KEY: `tk_${key}` }).bootstrapApiKey).toBe(`tk_${key}`);
      }
    }
  });

  it.each(['tk_short', `tk_${'a'.repeat(42)}`, `tk_${'a'.repeat(129)}`, `tk_${'ä'.repeat(40)}`])(
    'is refused with BOOTSTRAP_API_KEY=%j',
    (BOOTSTRAP_API_KEY) => {
      expect(problemsOf({ BOOTSTRAP_API_KEY })).toContain(
        'BOOTSTRAP_API_KEY: must be tk_ followed by 43 to 128',
      );
    },
  );
});

describe('a configuration of memory that cannot be used', () => {
  it('has no key for the service it names, and says so beside the other problems', () => {
    const message = problemsOf({ EMBEDDER: 'openai', PORT: 'x' });
    expect(message).toContain('PORT: ');
    expect(message).toContain('OPENAI_API_KEY: is needed with EMBEDDER=openai');
    expect(loadConfig({ EMBEDDER: 'local' }).embedder).toBe('local');
  });

  it.each(['hunter2 hunter3', 'hunter2\nhunter3', 'hunterä'])(
    'has a key that no header can carry: %j',
    (OPENAI_API_KEY) => {
      const message = problemsOf({ EMBEDDER: 'openai', OPENAI_API_KEY });
      expect(message.match(/OPENAI_API_KEY: .*/g)).toEqual([
        'OPENAI_API_KEY: must be printable ASCII without spaces',
      ]);
      expect(message).not.toMatch(/hunter/);
    },
  );

  it.each([
    'api.openai.com',
    'ftp://host',
    'https://user:hunter2@host/v1',
    'https://host/v1?key=hunter2',
    'https://host/#v1',
  ])('is refused with OPENAI_BASE_URL=%j', (OPENAI_BASE_URL) => {
    const message = problemsOf({ OPENAI_BASE_URL });
    expect(message).toContain('OPENAI_BASE_URL: must be an http');
    expect(message).not.toMatch(/hunter/);
  });

  it.each(['secret', 'secrets;pii', 'off,pii', 'secrets,', ','])(
    'is refused with MEMORY_GUARD=%j, or MESSAGE_GUARD',
    (list) => {
      expect(problemsOf({ MEMORY_GUARD: list })).toContain('MEMORY_GUARD: must be secrets, pii');
      expect(problemsOf({ MESSAGE_GUARD: list })).toContain('MESSAGE_GUARD: must be secrets, pii');
    },
  );

  it.each([
    'episode',
    'episode:',
    'episode:0',
    'episode:1.5',
    'episode:100000',
    'memory:3',
    'episode:90;fact:3',
    'episode:90,',
  ])('is refused with MEMORY_RETENTION=%j', (MEMORY_RETENTION) => {
    expect(problemsOf({ MEMORY_RETENTION })).toContain('MEMORY_RETENTION: must be days by kind');
  });

  it('keeps a kind for two times at once', () => {
    expect(problemsOf({ MEMORY_RETENTION: 'episode:90,episode:30' })).toContain(
      'MEMORY_RETENTION: must name each kind once',
    );
  });

  it.each([{ EMBEDDER: 'remote' }, { EMBEDDING_MODEL: 'a b' }, { MEMORY_INDEX_MB: '0' }])(
    'is refused with %j',
    (env) => {
      expect(problemsOf(env)).toContain(Object.keys(env)[0]);
    },
  );
});

describe('a configuration of what is connected to that cannot be used', () => {
  it.each([
    'http://host',
    'host/',
    'host:0',
    'host:65536',
    'a b',
    'user@host',
    '10/8',
    '10.0.0.0/33',
    'fd00::/129',
    'host,',
    'host;host',
    '[::1',
    'a%00b',
  ])('is refused with EGRESS_ALLOW=%j', (EGRESS_ALLOW) =>
    expect(problemsOf({ EGRESS_ALLOW })).toContain('EGRESS_ALLOW: must be hosts'),
  );

  const STRANGE = [
    'npx -y',
    './server',
    'bin/server',
    'npx,',
    'npx;sh',
    '$(sh)',
    '[',
    '[]]',
    '[[]]',
    '[["./server"]]',
    '[["npx",1]]',
    '[{"npx":[]}]',
    '["npx -y"]',
    '[null]',
  ];
  it.each(STRANGE)('is refused with MCP_STDIO_COMMANDS=%j', (MCP_STDIO_COMMANDS) => {
    expect(problemsOf({ MCP_STDIO_COMMANDS })).toContain(
      'MCP_STDIO_COMMANDS: must be absolute paths or names',
    );
  });

  it('has commands with their arguments from a JSON list', () => {
    const { commands } = loadConfig({
      MCP_STDIO_COMMANDS: ' ["uvx",["npx","-y","@example/server@1.2.3"],["/opt/files"]]',
    }).mcp;
    expect(commands).toEqual({
      names: new Set(['uvx']),
      exact: new Set(['["npx","-y","@example/server@1.2.3"]', '["/opt/files"]']),
    });
  });

  it.each(['A B', 'A,', 'A=B', '1A'])(
    'is refused with MCP_STDIO_VARIABLES=%j',
    (MCP_STDIO_VARIABLES) => {
      expect(problemsOf({ MCP_STDIO_VARIABLES })).toContain('MCP_STDIO_VARIABLES');
    },
  );

  it('is refused with no time for a check', () =>
    expect(problemsOf({ MCP_CHECK_TIMEOUT: '0' })).toContain('MCP_CHECK_TIMEOUT'));
});
