// Agent configurations: versions that never change, edits that never overwrite each other, aliases, and what is effective.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

interface Config {
  id: string;
  name: string;
  version: number;
  digest: string;
  message: string | null;
  [field: string]: unknown;
}

const PATH = '/v1/agent-configs';

let app: TestApp;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());
const newUser = (): Caller => app.actingFor(`builder ${++users}`);

const create = async (who: Caller, body: object = {}): Promise<Config> =>
  (await who.post(PATH, { name: `agent ${++users}`, ...body }).expect(201)).body as Config;
const edit = async (who: Caller, { id }: { id: string }, body: object): Promise<Config> =>
  (await who.patch(`${PATH}/${id}`, body).expect(200)).body as Config;

const SUPPORT = {
  description: 'Answers customers',
  tags: ['support'],
  model: { provider: 'openai', name: 'gpt-5' },
  parameters: { temperature: 0.2, maxOutputTokens: 800, newThing: { on: true } },
  systemPrompt: [{ name: 'role', text: 'You help.' }, { text: 'Be brief.' }],
  tools: [
    {
      name: 'find_order',
      description: 'Finds an order',
      parameters: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
    },
  ],
  memory: { enabled: true, limit: 8, blocks: false },
  context: { budgetTokens: 9_000 },
};

describe('an agent configuration', () => {
  it('is stored as sent, with parameters unknown for the provider under extra', async () => {
    const who = newUser();
    const response = await who
      .post(PATH, { name: 'Support', ...SUPPORT, message: 'first' })
      .expect(201);
    const made = response.body as Config;
    expect(made).toMatchObject({
      ...SUPPORT,
      parameters: { temperature: 0.2, maxOutputTokens: 800, extra: { newThing: { on: true } } },
      name: 'Support',
      version: 1,
      message: 'first',
    });
    expect([response.headers['etag'], response.headers['location'], made.digest]).toEqual([
      '"1"',
      `${PATH}/${made.id}`,
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ]);
    expect((await who.get(`${PATH}/${made.id}`).expect(200)).body).toEqual(made);
    await who.with({ 'if-none-match': '"1"' }).get(`${PATH}/${made.id}`).expect(304);
    const { data } = (await who.get(`${PATH}?tag=support&q=upp`).expect(200)).body as {
      data: Config[];
    };
    expect(data.map(({ id }) => id)).toEqual([made.id]);
  });

  it('gets a new version only when its content changes, and equal content has an equal digest', async () => {
    const who = newUser();
    const first = await create(who, { name: 'History', systemPrompt: 'One' });
    const second = await edit(who, first, { systemPrompt: 'Two', message: 'why not' });
    expect(second).toMatchObject({ version: 2, message: 'why not', systemPrompt: 'Two' });
    expect(await edit(who, first, { systemPrompt: 'Two' })).toEqual(second);
    const third = await edit(who, first, { systemPrompt: 'One', tags: null, name: null });
    expect([third.version, third.digest]).toEqual([3, first.digest]);
    expect((await who.get(`${PATH}/${first.id}?version=2`)).body).toMatchObject({
      version: 2,
      systemPrompt: 'Two',
    });
    const { data } = (await who.get(`${PATH}/${first.id}/versions?limit=2`)).body as {
      data: Config[];
    };
    expect(data.map(({ version }) => version)).toEqual([3, 2]);
    expectProblem(
      await who.get(`${PATH}/${first.id}?version=9`),
      404,
      'agent_config.version_not_found',
    );
  });

  it('can be compared between two versions, by pointer and by line', async () => {
    const who = newUser();
    const config = await create(who, {
      name: 'Diff',
      systemPrompt: 'You help.\nBe kind.',
      tools: [{ name: 'a' }],
    });
    await edit(who, config, {
      systemPrompt: 'You help.\nBe brief.',
      tools: [{ name: 'a' }, { name: 'b' }],
      parameters: { temperature: 1 },
    });
    const { changes, text } = (await who.get(`${PATH}/${config.id}/diff?from=1`).expect(200))
      .body as { changes: object[]; text: string };
    expect(changes).toEqual([
      { op: 'add', path: '/parameters/temperature', to: 1 },
      {
        op: 'replace',
        path: '/systemPrompt',
        from: 'You help.\nBe kind.',
        to: 'You help.\nBe brief.',
      },
      { op: 'add', path: '/tools/1', to: { name: 'b' } },
    ]);
    expect(text).toContain('-    "Be kind."\n+    "Be brief."');
  });

  it('reports that versions differ too much for a diff text, and counts unlisted changes', async () => {
    const who = newUser();
    const lines = (word: string) =>
      Array.from({ length: 10_000 }, (_, i) => `${word} ${i}`).join('\n');
    const config = await create(who, {
      name: 'Far apart',
      systemPrompt: lines('old'),
      parameters: { x: Array(4_000).fill(1) },
    });
    await edit(who, config, {
      systemPrompt: lines('new'),
      parameters: { x: Array(4_000).fill(2) },
    });
    const { body } = await who.get(`${PATH}/${config.id}/diff?from=1`).expect(200);
    expect(body).toMatchObject({
      from: 1,
      to: 2,
      omittedChanges: 3_001,
      text: '',
      tooDifferent: true,
    });
    expect(body.changes).toHaveLength(1_000);
  });

  it('is copied without its history', async () => {
    const who = newUser();
    const original = await create(who, { ...SUPPORT, name: 'Original' });
    await edit(who, original, { systemPrompt: 'Changed' });
    const copy = (await who.post(`${PATH}/${original.id}/copy?version=1`).expect(201))
      .body as Config;
    expect(copy).toMatchObject({
      name: 'Original (copy)',
      version: 1,
      systemPrompt: SUPPORT.systemPrompt,
    });
    expectProblem(
      await who.post(`${PATH}/${original.id}/copy`, { name: 'Original' }),
      409,
      'agent_config.name_taken',
    );
  });

  it('is refused with a pointer to the wrong field', async () => {
    const who = newUser();
    const pointers = (problem: object) =>
      (problem as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer).sort();
    for (const provider of ['toString', '__proto__', 'constructor'])
      await create(who, { model: { provider, name: 'x' }, parameters: { valueOf: 1 } });
    const malformed = await who.post(PATH, {
      model: { provider: 1 },
      tools: [{ name: '9' }],
      mood: 'good',
    });
    expect(pointers(expectProblem(malformed, 422, 'request.invalid_body'))).toEqual([
      '/model/name',
      '/model/provider',
      '/mood',
      '/name',
      '/tools/0/name',
    ]);
    const tools = [
      { name: 'a', parameters: { type: 'object', properties: { x: { type: 'strnig' } } } },
      { name: 'a' },
      { name: 'c', parameters: { type: 'string' } },
    ];
    const wrong = await who.post(PATH, {
      name: 'x',
      model: { provider: 'anthropic', name: 'claude' },
      parameters: { temperature: 1.5, thinkingBudgetTokens: 5 },
      tools,
    });
    expect(pointers(expectProblem(wrong, 422, 'agent_config.invalid_content'))).toEqual([
      '/parameters/temperature',
      '/parameters/thinkingBudgetTokens',
      '/tools/0/parameters',
      '/tools/1/name',
      '/tools/2/parameters',
    ]);
    await create(who, { name: 'taken' });
    expectProblem(await who.post(PATH, { name: 'taken' }), 409, 'agent_config.name_taken');
  });
});

describe('50 concurrent edits of an agent configuration', () => {
  it('with If-Match have one winner a round, and the others get the current version', async () => {
    const who = newUser();
    const config = await create(who, { name: 'Raced' });
    for (let round = 1; round <= 4; round++) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          who
            .with({ 'if-match': `"${round}"` })
            .patch(`${PATH}/${config.id}`, { systemPrompt: `round ${round} by ${n}` }),
        ),
      );
      const won = answers.filter(({ status }) => status === 200);
      expect([won.length, answers.filter(({ status }) => status === 412).length]).toEqual([1, 49]);
      for (const answer of answers.filter(({ status }) => status === 412))
        expect(expectProblem(answer, 412, 'request.precondition_failed')).toMatchObject({
          version: round + 1,
        });
      expect((await who.get(`${PATH}/${config.id}`)).body).toEqual(won[0]!.body);
    }
    const { data } = (await who.get(`${PATH}/${config.id}/versions`)).body as { data: Config[] };
    expect(data.map(({ version }) => version)).toEqual([5, 4, 3, 2, 1]);
  });

  it('without If-Match are all kept when they change different parts', async () => {
    const who = newUser();
    const config = await create(who, { name: 'Merged' });
    const parts = [
      { systemPrompt: 'x' },
      { description: 'y' },
      { tags: ['z'] },
      { parameters: { seed: 1 } },
      { tools: [{ name: 't' }] },
    ];
    await Promise.all(parts.map((part) => edit(who, config, part)));
    expect((await who.get(`${PATH}/${config.id}`)).body).toMatchObject({
      ...Object.assign({}, ...parts),
      version: 6,
    });
  });
});

describe('an alias of an agent configuration', () => {
  it('can be pointed elsewhere and rolled back step by step', async () => {
    const who = newUser();
    const config = await create(who);
    for (const prompt of ['two', 'three']) await edit(who, config, { systemPrompt: prompt });
    const alias = `${PATH}/${config.id}/aliases/prod`;
    const point = async (version: number) =>
      (await who.put(alias, { version }).expect(200)).body as {
        targets: { version: number }[];
        number: number;
      };
    for (const version of [1, 2, 3])
      expect((await point(version)).targets).toEqual([{ version, percent: 100 }]);
    const back = async () =>
      ((await who.post(`${alias}/rollback`).expect(200)).body as { targets: { version: number }[] })
        .targets[0]!.version;
    expect([await back(), await back()]).toEqual([2, 1]);
    expectProblem(await who.post(`${alias}/rollback`), 409, 'agent_config.no_earlier_targets');
    expect((await who.get(alias)).body).toMatchObject({
      alias: 'prod',
      number: 5,
      moves: [{ number: 5 }, { number: 4 }, { number: 3 }, { number: 2 }, { number: 1 }],
    });
    expectProblem(
      await who.with({ 'if-match': '"4"' }).put(alias, { version: 3 }),
      412,
      'request.precondition_failed',
    );
    expectProblem(await who.put(alias, { version: 4 }), 422, 'agent_config.unknown_version');
    expectProblem(
      await who.put(alias, { targets: [{ version: 1, percent: 60 }] }),
      422,
      'agent_config.invalid_percentages',
    );
    expect((await who.get(`${PATH}/${config.id}/aliases`)).body).toMatchObject({
      data: [{ alias: 'prod', number: 5 }],
    });
    await who.delete(alias).expect(204);
    expectProblem(await who.get(alias), 404, 'agent_config.alias_not_found');
  });

  it('distributes users between versions, and always gives a user the same one', async () => {
    const callers = Array.from({ length: 12 }, newUser);
    const served: number[] = [];
    for (const who of callers) {
      const config = await create(who, { systemPrompt: 'old' });
      await edit(who, config, { systemPrompt: 'new' });
      await who
        .put(`${PATH}/${config.id}/aliases/prod`, {
          targets: [
            { version: 1, percent: 50 },
            { version: 2, percent: 50 },
          ],
        })
        .expect(200);
      const effective = async () =>
        ((await who.get(`${PATH}/${config.id}/effective?alias=prod`).expect(200)).body as Config)
          .version;
      served.push(await effective());
      expect(await effective()).toBe(served.at(-1));
    }
    expect(new Set(served)).toEqual(new Set([1, 2]));
  });
});

describe('the effective version of an agent configuration', () => {
  it('follows the alias, the number or the newest version without delay', async () => {
    const who = newUser();
    const config = await create(who, { ...SUPPORT });
    const effective = async (query = '') =>
      (await who.get(`${PATH}/${config.id}/effective${query}`).expect(200)).body as Config;
    expect(await effective()).toMatchObject({
      id: config.id,
      version: 1,
      alias: null,
      systemPrompt: SUPPORT.systemPrompt,
      digest: config.digest,
    });
    await who.put(`${PATH}/${config.id}/aliases/prod`, { version: 1 }).expect(200);
    for (let version = 2; version < 8; version++) {
      await edit(who, config, { systemPrompt: `prompt ${version}` });
      expect([
        (await effective()).version,
        (await effective('?alias=prod')).version,
        (await effective('?version=1')).version,
      ]).toEqual([version, version - 1, 1]);
      await who.put(`${PATH}/${config.id}/aliases/prod`, { version }).expect(200);
      expect((await effective('?alias=prod')).systemPrompt).toBe(`prompt ${version}`);
    }
    expectProblem(
      await who.get(`${PATH}/${config.id}/effective?alias=none`),
      404,
      'agent_config.alias_not_found',
    );
    expectProblem(
      await who.get(`${PATH}/${config.id}/effective?alias=prod&version=1`),
      422,
      'agent_config.ambiguous',
    );
    await who.delete(`${PATH}/${config.id}`).expect(204);
    expectProblem(await who.get(`${PATH}/${config.id}/effective`), 404, 'agent_config.not_found');
  });
});
