// The files of the console: what a browser gets at /, and what everybody else still gets there.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { createTestApp, type TestApp } from '../support/app.js';
import { buildConsole } from '../support/console-build.js';

const CHROME =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const CSP = [
  "base-uri 'none'",
  "connect-src 'self'",
  "default-src 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "img-src 'self'",
  "require-trusted-types-for 'script'",
  "script-src 'self'",
  "style-src 'self'",
  "trusted-types 'none'",
];

let api: TestApp;
beforeAll(async () => {
  await buildConsole();
  api = await createTestApp();
});
afterAll(() => api.close());

const ask = (path: string, method: 'get' | 'head' | 'post' = 'get') =>
  supertest(api.app.getHttpServer())[method](path);
const page = () => ask('/').set('accept', CHROME);
const policyOf = ({ headers }: { headers: Record<string, string> }): string[] =>
  headers['content-security-policy']!.split(';').sort();
/** Addresses of the scripts, styles and images that the page names. */
async function assets(): Promise<string[]> {
  const { text } = await page().expect(200);
  return [...text.matchAll(/(?:src|href)="\.([^"]+)"/g)].map(([, path]) => path!);
}

describe('the console at /', () => {
  it('is a page for a browser, with nothing inline and nothing of another host', async () => {
    const answer = await page().expect(200).expect('content-type', 'text/html; charset=utf-8');
    expect(answer.text).toMatch(/^<!doctype html>/);
    expect(answer.text).not.toMatch(/<style|style=|<script(?![^>]* src=)| on\w+=|https?:/);
    expect(policyOf(answer)).toEqual(CSP);
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
      vary: 'Accept',
    });
  });

  it('is asked for again each time, and not sent when it is the same', async () => {
    const { etag } = (await page()).headers as { etag: string };
    const again = await page().set('if-none-match', etag).expect(304);
    expect([again.text, again.headers['etag'], again.headers['cache-control']]).toEqual([
      '',
      etag,
      'no-cache',
    ]);
    await page().set('if-none-match', '"another"').expect(200);
  });

  it.each(['application/json', '*/*', 'text/html;q=0', 'text/plain'])(
    'is no route for who accepts %s',
    async (accept) => {
      const answer = await ask('/').set('accept', accept).expect(404);
      expect(answer.body).toMatchObject({ code: 'request.route_not_found', status: 404 });
      // As any path without a route.
      const other = await ask('/no-such-path').set('accept', accept).expect(404);
      const headersOf = ({ headers }: typeof answer) =>
        Object.keys(headers as object)
          .sort()
          .map((name) => [name, /date|id|length/.test(name) ? '' : headers[name]]);
      expect(headersOf(answer)).toEqual(headersOf(other));
      const { requestId } = answer.body as { requestId: string };
      expect(answer.body).toEqual({ ...(other.body as object), instance: '/', requestId });
    },
  );

  it('takes no other method than GET and HEAD', async () => {
    for (const path of ['/', ...(await assets())]) {
      const answer = await ask(path, 'post').set('accept', CHROME).expect(405);
      expect([path, answer.headers['allow']]).toEqual([path, 'GET, HEAD']);
      expect(answer.body).toMatchObject({ code: 'request.method_not_allowed' });
    }
    const head = await ask('/', 'head').set('accept', CHROME).expect(200);
    const { headers } = await page();
    expect(head.text).toBeUndefined();
    expect(head.headers['content-length']).toBe(headers['content-length']);
    expect(head.headers['content-security-policy']).toBe(headers['content-security-policy']);
  });
});

describe('the assets of the console', () => {
  it('are named by their content, so that a browser keeps them', async () => {
    const paths = await assets();
    expect(paths.map((path) => path.split('.').at(-1)).sort()).toEqual(['css', 'js', 'svg']);
    for (const path of paths) {
      expect(path).toMatch(/^\/console\/[\w-]+-[\w-]{8}\.\w+$/);
      // HEAD of supertest takes no gzip.
      const answer = await ask(path).set('accept-encoding', 'identity').expect(200);
      expect(answer.headers).toMatchObject({
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
      });
      expect(policyOf(answer)).toEqual(CSP);
      const head = await ask(path, 'head').expect(200);
      expect(head.headers['content-length']).toBe(answer.headers['content-length']);
    }
  });

  it('are sent with gzip to who takes it, under the same tag', async () => {
    for (const path of await assets()) {
      const plain = await ask(path).set('accept-encoding', 'identity').expect(200);
      const packed = await ask(path).set('accept-encoding', 'br, gzip').expect(200);
      const isText = !path.endsWith('.svg');
      expect([path, plain.headers['content-encoding'], packed.headers['content-encoding']]).toEqual(
        [path, undefined, isText ? 'gzip' : undefined],
      );
      expect(packed.headers['vary']).toBe(isText ? 'accept-encoding' : undefined);
      expect(packed.headers['etag']).toBe(plain.headers['etag']);
      // Unpacked by supertest.
      expect(packed.text).toBe(plain.text);
      await ask(path).set('if-none-match', plain.headers['etag']!).expect(304);
    }
  });

  it('have the types of scripts, styles and images', async () => {
    const types = await Promise.all(
      (await assets()).map(async (path) => [
        path.split('.').at(-1),
        (await ask(path)).headers['content-type'],
      ]),
    );
    expect(Object.fromEntries(types)).toEqual({
      css: 'text/css; charset=utf-8',
      js: 'text/javascript; charset=utf-8',
      svg: 'image/svg+xml',
    });
  });

  it.each([
    '/console',
    '/console/',
    '/console/index.html',
    '/index.html',
    '/console/../package.json',
    '/console/..%2f..%2f..%2fpackage.json',
    '/console/%2e%2e/%2e%2e/package.json',
    '/console/..\\..\\package.json',
    '/console//etc/passwd',
    '/console/console/',
    '/console/main.tsx',
    '/console/index.js.map',
  ])('are the only files: %s is no route', async (path) => {
    const answer = await ask(path).set('accept', CHROME);
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([
      404,
      'request.route_not_found',
    ]);
  });
});
