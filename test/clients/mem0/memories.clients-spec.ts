// The client of mem0 as it is published keeps its memories here, with a key of the service and of a user.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../../support/app.js';
import { systemEnvironment } from '../../support/npm.js';

let api: TestApp;
let url: string;
beforeAll(async () => {
  api = await createTestApp();
  url = await api.listen();
});
afterAll(() => api.close());

async function run(apiKey: string, user: string) {
  const program = join(import.meta.dirname, 'memories.mjs');
  const env = {
    ...systemEnvironment(),
    HOST: `${url}/compat/mem0`,
    API_KEY: apiKey,
    USER_NAME: user,
    MEM0_TELEMETRY: 'false',
  };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { env });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Record<string, unknown>;
}

const keyOf = async (user: string): Promise<string> =>
  (await api.service.post('/v1/api-keys', { name: user, user }).expect(201)).body.key;

describe('the client of mem0', () => {
  it.each(['service', 'user'])('keeps memories with a key of the %s', async (of) => {
    const user = `${of}-ada`;
    const seen = await run(of === 'user' ? await keyOf(user) : api.serviceKey, user);
    const memory = {
      id: expect.any(String),
      memory: 'I am allergic to peanuts.',
      userId: user,
      agentId: 'cook',
      appId: null,
      runId: 'evening',
      metadata: { topicName: 'food' },
      categories: [],
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      expirationDate: null,
    };
    expect(seen['added']).toEqual({
      status: 'SUCCEEDED',
      message: expect.stringContaining('Nothing was extracted'),
      results: [
        { ...memory, event: 'ADD' },
        { ...memory, memory: 'I will not suggest any.', event: 'ADD' },
      ],
    });
    expect(seen['again']).toMatchObject({ results: [{ event: 'NOOP' }, { event: 'NOOP' }] });
    expect(seen['got']).toEqual(memory);
    expect(seen['pages']).toMatchObject([
      { count: 2, previous: null, next: expect.stringContaining('page=2'), results: [{}] },
      { count: 2, previous: expect.stringContaining('page=1'), next: null, results: [{}] },
    ]);
    expect(seen['filtered']).toMatchObject({ count: 0, results: [] });
    expect(seen['found']).toEqual({ results: [{ ...memory, score: expect.any(Number) }] });
    expect(seen['updated']).toEqual({
      ...memory,
      memory: 'Eats no nuts.',
      metadata: { topicName: 'nuts' },
    });
    expect(seen['history']).toMatchObject([
      { event: 'ADD', oldMemory: null, newMemory: 'I am allergic to peanuts.' },
      { event: 'NOOP' },
      { event: 'UPDATE', oldMemory: 'I am allergic to peanuts.', newMemory: 'Eats no nuts.' },
    ]);
    expect(seen['users']).toMatchObject({
      count: 1,
      results: [{ name: user, type: 'user', totalMemories: 2 }],
    });
    expect(seen['deleted']).toEqual({ message: 'Memory deleted successfully!' });
    expect(seen['gone']).toEqual({
      name: 'MemoryNotFoundError',
      errorCode: 'HTTP_404',
      detail: 'No such memory',
    });
    expect(seen['unnamed']).toMatchObject({ name: 'ValidationError', errorCode: 'HTTP_400' });
    expect(seen['none']).toMatchObject({ deleted: 0 });
    expect(seen['left']).toMatchObject({ count: 1 });
    expect(seen['all']).toMatchObject({ deleted: 1, hasMore: false });
    expect(seen['empty']).toMatchObject({ count: 0 });
  });
});
