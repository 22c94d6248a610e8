// The published MCP client finds out where it gets a token for /mcp, and connects with one.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  discoverOAuthProtectedResourceMetadata,
  extractWWWAuthenticateParams,
} from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { SHAPES, signed, SUPABASE_SECRET } from '../support/issuers.js';
import { expectProblem } from '../support/problem.js';

const SUPABASE = SHAPES['Supabase with a secret']!;
const ISSUER = SUPABASE.payload('any')['iss'] as string;
const METADATA_PATH = '/.well-known/oauth-protected-resource/mcp';
const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };

let app: TestApp;
let bare: TestApp;
let origin: string;
beforeAll(async () => {
  app = await createTestApp({
    // A name is no address, so no client can ask there.
    JWT_ISSUERS: JSON.stringify([SUPABASE.entry(''), { ...SUPABASE.entry(''), issuer: 'intern' }]),
  });
  origin = await app.listen();
  bare = await createTestApp({}, app.database);
});
afterAll(async () => {
  await bare?.close();
  await app?.close();
});

const refused = () =>
  fetch(`${origin}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(PING),
  });

it('leads from a refusal to the issuers whose tokens are taken', async () => {
  const answer = await refused();
  expect(answer.status).toBe(401);
  const { resourceMetadataUrl } = extractWWWAuthenticateParams(answer);
  expect(resourceMetadataUrl?.href).toBe(`${origin}${METADATA_PATH}`);
  const named = { resourceMetadataUrl: resourceMetadataUrl! };
  for (const options of [named, {}]) {
    const found = await discoverOAuthProtectedResourceMetadata(`${origin}/mcp`, options);
    expect(found).toMatchObject({
      resource: `${origin}/mcp`,
      authorization_servers: [ISSUER],
      bearer_methods_supported: ['header'],
    });
  }
});

it('takes a token of such an issuer', async () => {
  const secret = new TextEncoder().encode(SUPABASE_SECRET);
  const token = await signed(SUPABASE.payload('ada'), SUPABASE.header, secret);
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${origin}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    }),
  );
  const content = 'Sails on Sundays';
  const added = await client.callTool({ name: 'add_memory', arguments: { content } });
  expect(added.isError).not.toBe(true);
  await client.close();
});

it('says nothing of it on other routes', async () => {
  const { headers } = await app.anonymous.get('/v1/memories').expect(401);
  expect(headers['www-authenticate']).toBe('Bearer');
});

it('repeats nothing of a host that is none', async () => {
  const strange = app.anonymous.with({ host: '127.0.0.1"canary' });
  for (const answer of [await strange.post('/mcp', PING), await strange.get(METADATA_PATH)]) {
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(answer.headers) + answer.text).not.toContain('canary');
  }
});

it('is not there without an issuer', async () => {
  expectProblem(await bare.anonymous.get(METADATA_PATH), 404, 'request.route_not_found');
  const { headers } = await bare.anonymous.post('/mcp', PING).expect(401);
  expect(headers['www-authenticate']).toBe('Bearer');
});
