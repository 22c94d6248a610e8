// The documentation as the service serves it: every page and link, markdown, search, and nothing beyond its own files.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type supertest from 'supertest';
import { FIRST_STEPS, prepareReference, type ShownDocument } from '../../src/docs/first-steps.js';
import { MAX_FULL_LENGTH } from '../../src/docs/llms.js';
import { ErrorRegistry } from '../../src/platform/errors/index.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { PROJECT } from '../support/npm.js';

let app: TestApp;
let addresses: string[];
beforeAll(async () => {
  app = await createTestApp();
  const { text } = await app.anonymous.get('/docs').expect(200);
  addresses = [...text.matchAll(/<li><a href="([^"]+)"/g)].map(([, address]) => address!);
});
afterAll(() => app.close());

const browser = () => app.anonymous.with({ accept: 'text/html,*/*' });
const linksOf = (html: string) =>
  [...html.matchAll(/(?:href|src|action)="([^"]+)"/g)].map(([, link]) => link!);
const anchorsOf = (html: string) => [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
const pagesOf = () => addresses.filter((address) => address !== '/docs/api');

describe('the pages', () => {
  it('are the ones of the navigation, each with its title', async () => {
    expect(addresses).toEqual([
      '/docs',
      '/docs/start',
      '/docs/chat',
      '/docs/remember',
      '/docs/accounts',
      '/docs/calling',
      '/docs/webhooks',
      '/docs/operate',
      '/docs/import',
      '/docs/limits',
      '/docs/asvs',
      '/docs/errors',
      '/docs/features',
      '/docs/coming-from',
      '/docs/what-it-does-not-do',
      '/docs/api',
    ]);
    for (const address of addresses) {
      const { text, type, headers } = await app.anonymous.get(address).expect(200);
      expect([type, headers['content-type']]).toEqual(['text/html', 'text/html; charset=utf-8']);
      expect(text).toMatch(/^<!doctype html>\n<html lang="en">/);
      expect(text.match(/<h1[ >]/g)).toHaveLength(1);
      expect(text).toContain(`<a href="${address}" aria-current="page">`);
    }
  });

  it('have no link that leads nowhere', async () => {
    const broken: string[] = [];
    const targets = new Map<string, supertest.Response>();
    const read = async (path: string) => {
      const known = targets.get(path) ?? (await browser().get(path));
      targets.set(path, known);
      return known;
    };
    const errors = ErrorRegistry.codes().map((code) => `/docs/errors/${code}`);
    for (const address of [...addresses, ...errors]) {
      const { text } = await read(address);
      for (const link of linksOf(text)) {
        if (/^https?:/.test(link)) continue;
        const [path, anchor] = link.split('#') as [string, string | undefined];
        const target = await read(path === '' ? address : path);
        const found = anchor === undefined || anchorsOf(target.text).includes(anchor);
        if (target.status !== 200 || !found) broken.push(`${address}: ${link}`);
      }
    }
    expect(broken).toEqual([]);
    expect(targets.size).toBeGreaterThan(addresses.length + errors.length);
  });

  it('run no script and take nothing from elsewhere', async () => {
    for (const address of [...pagesOf(), '/docs/search?q=key', '/docs/errors/memory.not_found']) {
      const { text, headers } = await app.anonymous.get(address).expect(200);
      expect(text).not.toMatch(/<script|<style| style=| on\w+=/);
      expect(headers['content-security-policy']).toBe(
        "default-src 'none';style-src 'self';img-src 'self';base-uri 'none';form-action 'self';frame-ancestors 'none'",
      );
      expect(headers).toMatchObject({ 'x-frame-options': 'DENY' });
    }
  });

  it('are also markdown, whose links lead to markdown', async () => {
    for (const address of [...pagesOf(), '/docs/errors/memory.not_found']) {
      const { text, headers } = await app.anonymous.get(`${address}.md`).expect(200);
      expect(headers['content-type']).toBe('text/markdown; charset=utf-8');
      expect(text).toMatch(/^# /);
      expect(text).not.toMatch(/\]\((?!#|\/|https?:)/);
      for (const [, path] of text.matchAll(/\]\((\/[^)#]+)/g))
        expect([path, (await app.anonymous.get(path!)).status]).toEqual([path, 200]);
    }
  });

  it('answer HEAD as GET, without a body', async () => {
    for (const path of [
      '/docs',
      '/docs/start',
      '/docs/start.md',
      '/llms.txt',
      '/docs/search?q=x',
    ]) {
      const { status, text, headers } = await app.anonymous.with(PLAIN).get(path);
      const head = await fetchHead(path);
      expect([head.status, head.text ?? '']).toEqual([status, '']);
      expect(head.headers['content-length']).toBe(headers['content-length']);
      expect(text).not.toBe('');
    }
  });

  it('are kept by browsers until they change', async () => {
    for (const path of ['/docs', '/docs/operate', '/docs/operate.md', '/llms-full.txt']) {
      const { headers } = await app.anonymous.get(path).expect(200);
      expect(headers).toMatchObject({ 'cache-control': 'no-cache', vary: 'accept-encoding' });
      const etag = headers['etag']!;
      const again = await app.anonymous.with({ 'if-none-match': `"other", ${etag}` }).get(path);
      expect([again.status, again.text]).toEqual([304, '']);
      await app.anonymous.with({ 'if-none-match': '"other"' }).get(path).expect(200);
    }
    const { text } = await app.anonymous.get('/docs');
    const [stylesheet] = linksOf(text).filter((link) => link.endsWith('.css'));
    const { headers } = await app.anonymous.get(stylesheet!).expect(200);
    expect(headers).toMatchObject({
      'content-type': 'text/css; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    });
  });

  it('are compressed for those who take it', async () => {
    const plain = app.anonymous.with({ 'accept-encoding': 'identity' });
    const none = app.anonymous.with({ 'accept-encoding': 'gzip;q=0, br' });
    const gzipped = app.anonymous.with({ 'accept-encoding': 'br, gzip' });
    for (const path of ['/docs/operate', '/openapi.json', '/llms-full.txt']) {
      const [whole, refused, small] = [
        await plain.get(path).expect(200),
        await none.get(path).expect(200),
        await gzipped.get(path).expect(200),
      ];
      expect(whole.headers['content-encoding']).toBeUndefined();
      expect(refused.headers['content-encoding']).toBeUndefined();
      expect(small.headers['content-encoding']).toBe('gzip');
      expect(small.text).toBe(whole.text);
      expect(Number(small.headers['content-length'])).toBeLessThan(
        Number(whole.headers['content-length']) / 2,
      );
    }
  });
});

const PLAIN = { 'accept-encoding': 'identity' };
const fetchHead = async (path: string): Promise<supertest.Response> => {
  const { default: request } = await import('supertest');
  return request(app.app.getHttpServer()).head(path).set(PLAIN);
};

describe('what the pages name', () => {
  // ASVS quotes requirements of its own.
  const texts = () =>
    Promise.all(
      pagesOf()
        .filter((address) => address !== '/docs/asvs')
        .map(async (address) => (await app.anonymous.get(`${address}.md`).expect(200)).text),
    );

  it('are operations of the API, with its methods', async () => {
    const { body } = await app.anonymous.get('/openapi.json').expect(200);
    const known = Object.entries(body.paths as Record<string, object>).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, ':')}`),
    );
    const named = (await texts()).flatMap((text) => [
      ...text.matchAll(/`((?:GET|POST|PUT|PATCH|DELETE) \/[^`?]*)(?:\?[^`]*)?`/g),
    ]);
    const paths = named.map(([, one]) =>
      one!.replace(/:\w+/g, ':').replace(/\/memory-blocks\/persona$/, '/memory-blocks/:'),
    );
    expect(paths.length).toBeGreaterThan(40);
    expect([...new Set(paths)].filter((one) => !known.includes(one))).toEqual([]);
  });

  it('are settings of the service', async () => {
    const known = readFileSync(join(PROJECT, '.env.example'), 'utf8');
    const named = (await texts()).flatMap((text) => [
      ...text.matchAll(/`([A-Z]{2,}(?:_[A-Z]+)+)(?:=[^`]*)?`/g),
    ]);
    expect(named.length).toBeGreaterThan(50);
    const unknown = named.filter(([, name]) => !new RegExp(`^${name}=`, 'm').test(known));
    expect(unknown.map(([text]) => text)).toEqual([]);
  });

  it('are the defaults of these settings', async () => {
    const known = readFileSync(join(PROJECT, '.env.example'), 'utf8');
    const { text } = await app.anonymous.get('/docs/limits.md').expect(200);
    const rows = [...text.matchAll(/^\| `([A-Z_]+)` \| (\d+) \|/gm)];
    expect(rows.length).toBeGreaterThan(10);
    for (const [, name, value] of rows) expect(known).toContain(`\n${name}=${value}\n`);
  });
});

describe('the texts for models', () => {
  it('name each page with what it is about, and lead to its markdown', async () => {
    const { text, headers } = await app.anonymous.get('/llms.txt').expect(200);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text).toMatch(/^# Threadkeep\n\n> /);
    for (const address of pagesOf())
      expect(text).toMatch(new RegExp(`^- \\[[^\\]]+\\]\\(${address}\\.md\\): \\S.{15,}\\.$`, 'm'));
  });

  it('have everything in one file of bounded size', async () => {
    const { text } = await app.anonymous.get('/llms-full.txt').expect(200);
    expect(text.length).toBeLessThanOrEqual(MAX_FULL_LENGTH);
    for (const address of pagesOf()) expect(text).toContain(`\nSource: ${address}.md\n`);
    expect(text).not.toContain('Not in this file');
  });
});

describe('the search', () => {
  const find = async (query: string) => {
    const { text } = await app.anonymous
      .get(`/docs/search?q=${encodeURIComponent(query)}`)
      .expect(200);
    return text;
  };
  const firstResult = async (query: string) =>
    /<div class="result"><a href="([^"]+)"/.exec(await find(query))?.[1];

  it.each([
    ['backup', '/docs/operate#backups'],
    ['systemd', '/docs/operate#systemd'],
    ['memory.not_found', '/docs/errors/memory.not_found'],
    ['nginx', '/docs/operate#a-proxy-and-tls'],
    ['pg_du', '/docs/operate#a-server-of-your-own'],
  ])('of %j finds %s first', async (query, address) => {
    expect(await firstResult(query)).toBe(address);
  });

  it('shows what was asked, and that nothing was found', async () => {
    const text = await find('zyzzyva');
    expect(text).toContain('Nothing was found for “zyzzyva”.');
    expect(text).toContain('value="zyzzyva"');
    expect(await find('  ')).toContain('Type a word');
  });

  it.each([
    '"><script>alert(1)</script>',
    "' onfocus='alert(1)",
    '&lt;b&gt; %3Cscript%3E',
    '\u0000\u202e\ud800',
    '__proto__ constructor toString hasOwnProperty',
    'a'.repeat(5_000),
    'backup '.repeat(700),
    '(((((((((((((((((((((.*)*)*)+',
    '🥜'.repeat(300),
  ])('shows the hostile query %j as text', async (query) => {
    const text = await find(query.toWellFormed());
    expect(text).not.toMatch(/<script|<b>| on\w+='/);
    expect(/ value="([^"]*)"/.exec(text)![1]!.length).toBeLessThan(1_300);
  });

  it('takes several, strange or no queries', async () => {
    for (const query of ['', '?', '?q', '?q=', '?q=a&q=b', '?q[a]=1', '?x=1', '?q=%', '?q=%E0%A4'])
      expect([query, (await app.anonymous.get(`/docs/search${query}`)).status]).toEqual([
        query,
        200,
      ]);
  });
});

describe('what is not there', () => {
  it.each([
    '/docs/nope',
    '/docs/start/more',
    '/docs/START',
    '/docs/.md',
    '/docs/errors/nope.nope',
    '/docs/errors/__proto__',
    '/docs/constructor',
    '/docs/package.json',
    '/docs/..%2fpackage.json',
    '/docs/%2e%2e/package.json',
    '/docs/....//package.json',
    '/docs/start.md.md',
    '/docs/examples/chat/server.mjs',
    '/docs/api/swagger-ui-bundle.js.map',
    '/docs.md/x',
  ])('%s is a page for browsers and a problem for programs', async (path) => {
    const page = await browser().get(path);
    const isPage = path.startsWith('/docs/');
    expect([page.status, page.type]).toEqual([
      404,
      isPage ? 'text/html' : 'application/problem+json',
    ]);
    if (isPage) expect(page.text).toContain('There is no such page');
    const problem = await app.anonymous.get(path);
    expect([problem.status, problem.type]).toEqual([404, 'application/problem+json']);
    expect(JSON.parse(problem.text)).toMatchObject({ code: 'request.route_not_found' });
  });

  it('is never changed by a request', async () => {
    for (const method of ['post', 'put', 'patch', 'delete'] as const)
      expect((await app.anonymous.call(method, '/docs/start', {})).status).toBe(405);
  });

  it.each([
    ['/docs/', '/docs'],
    ['/docs/start/', '/docs/start'],
    ['/docs/index.html', '/docs'],
    ['/docs/swagger-ui-init.js', '/docs/api'],
    ['/docs/swagger-ui-standalone-preset.js', '/docs/api'],
    ['/docs/favicon-32x32.png', '/docs/api'],
    ['/docs/swagger-ui.css', expect.stringMatching(/^\/docs\/api\/\w{16}\/swagger-ui\.css$/)],
    ['/docs/swagger-ui-bundle.js', expect.stringMatching(/\/swagger-ui-bundle\.js$/)],
  ])('%s, where something was, leads to %s', async (path, target) => {
    const { status, headers } = await app.anonymous.get(path);
    expect([status, headers['location']]).toEqual([301, target]);
    await app.anonymous.get(headers['location']!).expect(200);
  });
});

describe('the API reference', () => {
  it('loads its own files only, compressed and for good', async () => {
    const { text, headers } = await app.anonymous.get('/docs/api').expect(200);
    expect(text).not.toMatch(/<script(?![^>]* src=)/);
    expect(headers['content-security-policy']).toContain("script-src 'self';");
    const files = linksOf(text).filter((link) => link.startsWith('/docs/api/'));
    expect(files.map((file) => file.replace(/^.*\//, ''))).toEqual([
      'swagger-ui.css',
      'reference.css',
      'swagger-ui-bundle.js',
      'reference.js',
    ]);
    for (const file of files) {
      const answer = await app.anonymous.with({ 'accept-encoding': 'gzip' }).get(file).expect(200);
      expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      if (!file.endsWith('reference.css')) expect(answer.headers['content-encoding']).toBe('gzip');
    }
  });

  it('offers ten first steps, which succeed as they are offered, again and again', async () => {
    const { body } = await app.anonymous.get('/openapi.json').expect(200);
    const document = prepareReference(body as ShownDocument, FIRST_STEPS);
    expect(FIRST_STEPS).toHaveLength(10);
    const shown = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([, { tags }]) => tags[0] === 'first steps')
        .map(([method, operation]) => ({ path, method, operation })),
    );
    expect(shown.map(({ operation }) => operation.operationId).toSorted()).toEqual(
      FIRST_STEPS.toSorted(),
    );
    for (const id of [...FIRST_STEPS, ...FIRST_STEPS]) {
      const { path, method, operation } = shown.find((one) => one.operation.operationId === id)!;
      const { parameters = [] } = operation;
      const sent = parameters.map(({ $ref, ...own }) =>
        $ref ? document.components.parameters[$ref.split('/').at(-1)!]! : own,
      ) as { name: string; in: string; example?: string }[];
      const given = sent.filter(({ example }) => example !== undefined);
      const headers = given.filter((one) => one.in === 'header');
      expect(headers.map(({ name, example }) => [name, example])).toEqual([
        ['Threadkeep-User', 'ada'],
      ]);
      const query = given
        .filter((one) => one.in === 'query')
        .map(({ name, example }) => `${name}=${encodeURIComponent(String(example))}`);
      const { requestBody } = operation as {
        requestBody?: {
          content: Record<string, { examples?: Record<string, { value: unknown }> }>;
        };
      };
      const [example] = Object.values(requestBody?.content['application/json']?.examples ?? {});
      const address = `${path.replace('{id}', 'key:lunch')}?${query.join('&')}`;
      const answer = await app
        .actingFor('ada')
        .call(method as 'get', address, example?.value)
        .ok(() => true);
      if (answer.status >= 300) throw new Error(`${id}: ${answer.text}`);
    }
  });
});
