import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from './config.js';

const secret = (n: number) => Buffer.alloc(32, n).toString('base64');
const keysOf = (env: Record<string, string>) =>
  loadConfig(env).vaultKeys?.map(({ id, secret }) => `${id}:${secret.export().toString('base64')}`);

describe('the keys of the vault', () => {
  const directory = mkdtempSync(join(tmpdir(), 'threadkeep-config-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const file = (content: string) => {
    writeFileSync(join(directory, 'keys'), content);
    return { VAULT_KEYS_FILE: join(directory, 'keys') };
  };

  it('are read from a variable, the current one first', () => {
    expect(keysOf({ VAULT_KEYS: `k2:${secret(2)} , k1:${secret(1)}` })).toEqual([
      `k2:${secret(2)}`,
      `k1:${secret(1)}`,
    ]);
  });

  it('are read from a file, one a line, with comments', () => {
    expect(keysOf(file(`# since May\nk2:${secret(2)} # new\r\n\n  k1:${secret(1)}\n`))).toEqual([
      `k2:${secret(2)}`,
      `k1:${secret(1)}`,
    ]);
  });

  it('may be absent', () => {
    expect(loadConfig({}).vaultKeys).toBeUndefined();
  });

  it('are not shown by a configuration that is printed', () => {
    const config = loadConfig({ VAULT_KEYS: `k1:${secret(1)}` });
    for (const printed of [inspect(config, { depth: 9 }), JSON.stringify(config)])
      expect(printed).not.toContain(secret(1).slice(0, 20));
  });

  it.each([
    ['no key', '# nothing', 'must name a key'],
    ['no id', secret(1), 'must be keys as'],
    ['a bad id', `k/1:${secret(1)}`, 'must be keys as'],
    ['a short key', `k1:${Buffer.alloc(31).toString('base64')}`, 'must be keys as'],
    ['a long key', `k1:${Buffer.alloc(33).toString('base64')}`, 'must be keys as'],
    ['what is not base64', `k1:${'!'.repeat(44)}`, 'must be keys as'],
    ['an id twice', `k1:${secret(1)},k1:${secret(2)}`, 'must name each key once'],
  ])('are refused with %s, in either place, and never shown', (_title, text, problem) => {
    for (const env of [{ VAULT_KEYS: text }, file(text)]) {
      expect(() => loadConfig(env)).toThrow(`  ${Object.keys(env)[0]}: ${problem}`);
      expect(() => loadConfig(env)).not.toThrow(secret(1).slice(0, 20));
    }
  });

  it('are refused from a file that cannot be read, and from two places at once', () => {
    expect(() => loadConfig({ VAULT_KEYS_FILE: join(directory, 'missing'), PORT: 'x' })).toThrow(
      /PORT: .*\n {2}VAULT_KEYS_FILE: cannot be read: there is no such file/,
    );
    expect(() => loadConfig({ VAULT_KEYS: `k1:${secret(1)}`, ...file(`k1:${secret(1)}`) })).toThrow(
      'VAULT_KEYS_FILE: cannot be set together with VAULT_KEYS',
    );
  });
});
