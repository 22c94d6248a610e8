import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig } from '../config/config.js';
import { LocalKeyCustody } from './local-key-custody.js';
import { generateKey } from './key-file.js';

const [first, second] = [generateKey(), generateKey()];
const idOf = (key: string) => key.split(':')[0]!;
const dataKey = randomBytes(32);

async function custodyOf(keys: string, directory?: string): Promise<LocalKeyCustody> {
  const custody = new LocalKeyCustody(loadConfig({ VAULT_KEYS: keys }), { directory } as never);
  await custody.onModuleInit();
  return custody;
}

describe('keys from the configuration', () => {
  it('wrap with the first, and unwrap with each of them', async () => {
    const before = await (await custodyOf(first)).wrap(dataKey, 'ada');
    const rotated = await custodyOf(`${second},${first}`);
    expect(await rotated.currentKeyId()).toBe(idOf(second));
    expect(await rotated.unwrap(before, 'ada')).toEqual(dataKey);
    const after = await rotated.wrap(dataKey, 'ada');
    expect(after.keyId).toBe(idOf(second));
    expect(await rotated.unwrap(after, 'ada')).toEqual(dataKey);
  });

  it('unwrap for nobody else, under no other name, and nothing that was changed', async () => {
    const custody = await custodyOf(`${first},${second}`);
    const { keyId, wrapped } = await custody.wrap(dataKey, 'ada');
    const unreadable = { code: 'vault.unreadable' };
    await expect(custody.unwrap({ keyId, wrapped }, 'bob')).rejects.toMatchObject(unreadable);
    await expect(custody.unwrap({ keyId: idOf(second), wrapped }, 'ada')).rejects.toMatchObject(
      unreadable,
    );
    for (let at = 0; at < wrapped.length; at++) {
      const changed = Buffer.from(wrapped);
      changed[at]! ^= 1;
      await expect(custody.unwrap({ keyId, wrapped: changed }, 'ada')).rejects.toMatchObject(
        unreadable,
      );
    }
  });

  it('say so when one is missing', async () => {
    const wrapped = await (await custodyOf(first)).wrap(dataKey, 'ada');
    await expect((await custodyOf(second)).unwrap(wrapped, 'ada')).rejects.toMatchObject({
      code: 'vault.key_missing',
    });
  });

  it('are none where nothing is said and no embedded server runs', async () => {
    const custody = await custodyOf('');
    expect(await custody.currentKeyId()).toBeNull();
    await expect(custody.wrap(dataKey, 'ada')).rejects.toMatchObject({
      code: 'vault.not_configured',
      definition: { status: 503 },
    });
  });
});

describe('keys beside the data of the embedded server', () => {
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'threadkeep-keys-'));
    file = join(directory, 'vault.keys');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('are made when they are first needed, once, for this user of the machine alone, and are the same at the next start', async () => {
    const custody = await custodyOf('', directory);
    expect(await custody.currentKeyId()).toBeNull();
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
    const wrapped = await Promise.all([1, 2, 3].map(() => custody.wrap(dataKey, 'ada')));
    expect(new Set(wrapped.map(({ keyId }) => keyId)).size).toBe(1);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const again = await custodyOf('', directory);
    for (const one of wrapped) expect(await again.unwrap(one, 'ada')).toEqual(dataKey);
  });

  it('are rotated by a new first line', async () => {
    const wrapped = await (await custodyOf('', directory)).wrap(dataKey, 'ada');
    await writeFile(file, `${first}\n${await readFile(file, 'utf8')}`);
    const rotated = await custodyOf('', directory);
    expect(await rotated.currentKeyId()).toBe(idOf(first));
    expect(await rotated.unwrap(wrapped, 'ada')).toEqual(dataKey);
  });

  it('are refused at the start when they cannot be used, without showing them', async () => {
    await writeFile(file, 'k1:hunter2');
    const refused = await custodyOf('', directory).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigError);
    expect((refused as Error).message).toContain(file);
    expect((refused as Error).message).not.toContain('hunter2');
  });

  it('are not used where the configuration names others', async () => {
    await (await custodyOf('', directory)).wrap(dataKey, 'ada');
    expect((await (await custodyOf(first, directory)).wrap(dataKey, 'ada')).keyId).toBe(
      idOf(first),
    );
  });
});
