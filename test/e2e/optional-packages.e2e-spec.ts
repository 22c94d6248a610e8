// A server loads the packages of what it offers when they are first needed: they take memory, and time of a start.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { packagesLoaded } from '../support/loaded-packages.js';

const key = `tk_${randomBytes(32).toString('base64url')}`;
const headers = {
  authorization: `Bearer ${key}`,
  'threadkeep-user': 'ada',
  'content-type': 'application/json',
};

/** Packages by what needs them. */
const OPTIONAL = {
  redis: ['redis', '@redis/client', 'cache-manager-redis-yet', 'bullmq'],
  requests: ['undici'],
  mcp: ['@modelcontextprotocol/sdk'],
  models: ['ai', '@ai-sdk/openai', '@ai-sdk/anthropic', '@ai-sdk/google'],
  documentation: ['markdown-it', 'minisearch'],
  mails: ['nodemailer'],
  sockets: ['ws'],
  comparison: ['diff'],
};

describe('a server', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  async function loadedBy(use: (url: string) => Promise<unknown>): Promise<Set<string>> {
    const environment = { DATABASE_URL: database.adminUrl, BOOTSTRAP_API_KEY: key };
    return packagesLoaded({ ...environment, ...database.logins }, use);
  }
  const post = async (url: string, path: string, body: object) => {
    const answer = await fetch(url + path, {
      ...{ method: 'POST', headers },
      body: JSON.stringify(body),
    });
    expect([path, answer.status]).toEqual([path, path === '/mcp' ? 200 : 201]);
  };

  it('that stores and searches has loaded nothing that is optional', async () => {
    const loaded = await loadedBy(async (url) => {
      await post(url, '/v1/conversations', { title: 'Hello' });
      await post(url, '/v1/memories', { content: 'Likes tea.' });
      expect((await fetch(`${url}/v1/memories?q=tea`, { headers })).status).toBe(200);
    });
    expect(loaded).toContain('typeorm');
    expect(
      Object.values(OPTIONAL)
        .flat()
        .filter((name) => loaded.has(name)),
    ).toEqual([]);
  });

  it('loads a package when it is first needed', async () => {
    const loaded = await loadedBy(async (url) => {
      await post(url, '/mcp', { jsonrpc: '2.0', id: 1, method: 'ping' });
      expect((await fetch(`${url}/docs/start`)).status).toBe(200);
    });
    expect(loaded).toContain('@modelcontextprotocol/sdk');
    expect(loaded).toContain('markdown-it');
  });
});
