// Users' own keys of model providers on a real database.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ModelKeysService } from '../../src/chat/model-keys/model-keys.service.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const PROVIDERS = {
  claude: { api: 'anthropic', apiKey: 'key-of-the-operator' },
  local: { baseUrl: 'http://127.0.0.1:1/v1' },
};

describe("a user's own key of a model provider", () => {
  let database: TestDatabase;
  let app: TestApp;

  beforeAll(async () => {
    database = await createTestDatabase();
    app = await createTestApp({ MODEL_PROVIDERS: JSON.stringify(PROVIDERS) }, database);
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  async function newUser(): Promise<string> {
    const insert = `insert into threadkeep.app_user (id, external_id) select id, id::text from (select gen_random_uuid() as id) made returning id`;
    return (await database.admin(insert)).rows[0]!.id as string;
  }
  const as = <T>(user: string, work: (keys: ModelKeysService) => Promise<T>): Promise<T> =>
    app.app.get(RequestContexts).runAsUser(user, () => work(app.app.get(ModelKeysService)));
  const find = (user: string, provider: string) => as(user, (keys) => keys.find(provider));
  const save = (user: string, provider: string, key: string) =>
    as(user, (keys) => keys.save(provider, key));

  it('is found by the user alone, for its provider alone', async () => {
    const [ada, bob] = [await newUser(), await newUser()];
    await save(ada, 'claude', 'key-of-ada');
    expect(await find(ada, 'claude')).toBe('key-of-ada');
    expect(await find(ada, 'local')).toBeNull();
    expect(await find(bob, 'claude')).toBeNull();
    await save(bob, 'claude', 'key-of-bob');
    expect(await find(ada, 'claude')).toBe('key-of-ada');
  });

  it('takes the place of the one before', async () => {
    const ada = await newUser();
    await save(ada, 'claude', 'first');
    await save(ada, 'claude', 'second');
    expect(await find(ada, 'claude')).toBe('second');
  });

  it('is listed without anything of it', async () => {
    const ada = await newUser();
    await save(ada, 'local', 'a-key');
    await save(ada, 'claude', 'another-key');
    const listed = await as(ada, (keys) => keys.list());
    expect(listed).toEqual([
      { provider: 'claude', updatedAt: expect.anything() },
      { provider: 'local', updatedAt: expect.anything() },
    ]);
  });

  it('is removed for good', async () => {
    const ada = await newUser();
    await save(ada, 'claude', 'a-key');
    expect(await as(ada, (keys) => keys.remove('claude'))).toBe(true);
    expect(await find(ada, 'claude')).toBeNull();
    expect(await as(ada, (keys) => keys.remove('claude'))).toBe(false);
  });

  it('is nowhere in the database in plain text', async () => {
    const ada = await newUser();
    await save(ada, 'claude', 'key-to-look-for');
    const { rows } = await database.admin(
      `select t::text as line from threadkeep.model_key t where user_id = $1`,
      [ada],
    );
    const hex = Buffer.from('key-to-look-for').toString('hex');
    expect(rows).toHaveLength(1);
    expect(rows[0]!.line).not.toContain('key-to-look-for');
    expect(rows[0]!.line).not.toContain(hex);
  });

  it('does not open for another user or provider, when its row is moved', async () => {
    const [ada, bob] = [await newUser(), await newUser()];
    await save(ada, 'claude', 'key-of-ada');
    await save(ada, 'local', 'key-for-local');
    await save(bob, 'claude', 'key-of-bob');
    const move = `update threadkeep.model_key m set sealed = (select sealed from threadkeep.model_key where user_id = $1 and provider = 'claude') where user_id = $2 and provider = $3`;
    await database.admin(move, [ada, bob, 'claude']);
    await database.admin(move, [ada, ada, 'local']);
    const unreadable = { code: 'vault.unreadable' };
    await expect(find(bob, 'claude')).rejects.toMatchObject(unreadable);
    await expect(find(ada, 'local')).rejects.toMatchObject(unreadable);
    expect(await find(ada, 'claude')).toBe('key-of-ada');
  });

  it.each(['openai', 'constructor', ''])(
    'is not kept for %j, which is not configured',
    async (provider) => {
      const ada = await newUser();
      await expect(save(ada, provider, 'a-key')).rejects.toMatchObject({
        code: 'model.not_configured',
      });
      expect(await as(ada, (keys) => keys.list())).toEqual([]);
    },
  );

  it.each(['', 'a b', 'a\n', 'schlüssel', 'x'.repeat(1_025)])(
    'is refused when no request could carry it: %j',
    async (key) => {
      const failure = await save(await newUser(), 'claude', key).catch((error: Error) => error);
      expect(failure).toMatchObject({ code: 'model.refused' });
      if (key !== '') expect((failure as Error).message).not.toContain(key);
    },
  );

  it('has 1,024 characters at most', async () => {
    const ada = await newUser();
    await save(ada, 'claude', 'x'.repeat(1_024));
    expect(await find(ada, 'claude')).toHaveLength(1_024);
  });
});
