// What is connected to, looked at from the other end.
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/platform/config/config.js';
import { Egress, type Resolve } from '../../src/platform/egress/egress.js';
import { EgressRules } from '../../src/platform/egress/egress-rules.js';
import { CountingServer, endless } from '../support/counting-server.js';
import { eventually } from '../support/wait.js';

const SPELLINGS = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.0.0.1.',
  '0',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  '%31%32%37.0.0.1',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  'localhost',
  'localhost.',
  'a.localhost',
];

describe('the way out', () => {
  let inside: CountingServer;
  let outside: CountingServer;
  const opened: Egress[] = [];

  beforeEach(async () => {
    inside = await CountingServer.start();
    outside = await CountingServer.start(answer);
  });

  afterEach(async () => {
    for (const egress of opened.splice(0)) await egress.close();
    await Promise.all([inside.stop(), outside.stop()]);
  });

  function answer(
    ...[request, response]: Parameters<
      Exclude<Parameters<typeof CountingServer.start>[0], undefined>
    >
  ): void {
    const [, what, rest] = /^\/([a-z]*)\/?(.*)$/.exec(request.url!)!;
    if (what === 'inside')
      return void response.writeHead(302, { location: `${inside.url}/` }).end();
    if (what === 'to')
      return void response.writeHead(Number(rest!.slice(0, 3)), { location: rest!.slice(3) }).end();
    if (what === 'hops')
      return void response
        .writeHead(307, { location: Number(rest) > 1 ? `/hops/${Number(rest) - 1}` : '/end#part' })
        .end();
    if (what === 'endless') return endless(response, 'x'.repeat(1024));
    if (what === 'bomb')
      return void response
        .writeHead(200, { 'content-encoding': 'gzip' })
        .end(gzipSync(Buffer.alloc(8 * 1024 * 1024)));
    if (what === 'silent') return;
    if (what === 'drip') return void response.write('a');
    response.end(`${request.method} ${String(request.headers['x-a'] ?? '')}`);
  }

  function egress(allow = `127.0.0.1:${outside.port}`, resolve?: Resolve): Egress {
    const made = new Egress(new EgressRules(loadConfig({ EGRESS_ALLOW: allow })), resolve);
    opened.push(made);
    return made;
  }

  const refused = (reason: string) => expect.objectContaining({ name: 'EgressError', reason });
  it('is closed to this machine, however it is written', async () => {
    for (const host of SPELLINGS) {
      for (const scheme of ['http', 'https']) {
        await expect(egress('').fetch(`${scheme}://${host}:${inside.port}/`)).rejects.toMatchObject(
          { name: 'EgressError' },
        );
      }
    }
    expect(inside.connections).toBe(0);
  });

  it('leads to what is allowed, with the headers, and to no other port of it', async () => {
    const response = await egress().fetch(`${outside.url}/`, {
      method: 'POST',
      body: 'a',
      headers: { 'x-a': 'b' },
    });
    expect(await response.text()).toBe('POST b');
    await expect(egress().fetch(inside.url)).rejects.toEqual(refused('address'));
    expect(inside.connections).toBe(0);
  });

  it('does not follow a redirect to another origin', async () => {
    await expect(egress().fetch(`${outside.url}/inside`)).rejects.toEqual(refused('redirect'));
    await expect(
      egress().fetch(`${outside.url}/to/302//127.0.0.1:${inside.port}/`),
    ).rejects.toEqual(refused('redirect'));
    await expect(
      egress().fetch(`${outside.url}/to/302http://localhost:${outside.port}/`),
    ).rejects.toEqual(refused('redirect'));
    await expect(egress().fetch(`${outside.url}/to/302file:///etc/passwd`)).rejects.toEqual(
      refused('redirect'),
    );
    // Not even where both are allowed.
    await expect(egress('127.0.0.1').fetch(`${outside.url}/inside`)).rejects.toEqual(
      refused('redirect'),
    );
    expect(inside.connections).toBe(0);
  });

  it('follows three redirects within an origin, and hands out one when asked to', async () => {
    expect(await (await egress().fetch(`${outside.url}/hops/3`)).text()).toBe('GET ');
    await expect(egress().fetch(`${outside.url}/hops/4`)).rejects.toEqual(refused('redirect'));
    expect((await egress().fetch(`${outside.url}/hops/9`, { redirect: 'manual' })).status).toBe(
      307,
    );
    await expect(egress().fetch(`${outside.url}/hops/1`, { redirect: 'error' })).rejects.toEqual(
      refused('redirect'),
    );
  });

  it('repeats a request with a body only where the redirect keeps it one', async () => {
    expect(
      await (await egress().fetch(`${outside.url}/hops/1`, { method: 'POST', body: 'a' })).text(),
    ).toBe('POST ');
    await expect(
      egress().fetch(`${outside.url}/to/302/end`, { method: 'POST', body: 'a' }),
    ).rejects.toEqual(refused('redirect'));
  });

  it('is closed to a name with an address inside among others', async () => {
    const both: Resolve = async () => [
      { address: '93.184.215.14', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    await expect(egress('', both).fetch(`https://example.com:${inside.port}/`)).rejects.toEqual(
      refused('address'),
    );
    const mapped: Resolve = async () => [{ address: '::ffff:127.0.0.1', family: 6 }];
    await expect(egress('', mapped).fetch(`https://example.com:${inside.port}/`)).rejects.toEqual(
      refused('address'),
    );
    expect(inside.connections).toBe(0);
  });

  it('connects to the address that was checked: a name that is bound anew leads nowhere else', async () => {
    // 127.0.0.2 stands for a public address, so that nothing leaves this machine.
    const harmless = await CountingServer.start(undefined, '127.0.0.2', inside.port);
    let asked = 0;
    const rebinding = egress('127.0.0.2/32', async () => [
      { address: asked++ === 0 ? '127.0.0.2' : '127.0.0.1', family: 4 },
    ]);
    await expect(rebinding.fetch(`https://example.com:${inside.port}/`)).rejects.toThrow();
    expect([asked, harmless.connections, inside.connections]).toEqual([1, 1, 0]);
    await expect(rebinding.fetch(`https://example.com:${inside.port}/`)).rejects.toEqual(
      refused('address'),
    );
    expect([asked, harmless.connections, inside.connections]).toEqual([2, 1, 0]);
    await harmless.stop();
  });

  it('says that a name has no address', async () => {
    const failing: Resolve = () => Promise.reject(new Error('ENOTFOUND example.com'));
    await expect(egress('', failing).fetch('https://example.com/')).rejects.toEqual(
      refused('unresolved'),
    );
    await expect(egress('', async () => []).fetch('https://example.com/')).rejects.toEqual(
      refused('unresolved'),
    );
  });

  it.each(['endless', 'bomb'])('reads no more of an answer than it may: %s', async (what) => {
    const told: unknown[] = [];
    const response = await egress().fetch(
      `${outside.url}/${what}`,
      {},
      { maxBytes: 100_000, onTooLarge: (error) => told.push(error) },
    );
    await expect(response.text()).rejects.toEqual(refused('too_large'));
    expect(told).toEqual([refused('too_large')]);
    await eventually(async () => outside.open === 0);
  });

  it('waits no longer than it may, for the answer and for its end', async () => {
    await expect(egress().fetch(`${outside.url}/silent`, {}, { timeout: 100 })).rejects.toEqual(
      refused('too_slow'),
    );
    const response = await egress().fetch(`${outside.url}/drip`, {}, { timeout: 300 });
    await expect(response.text()).rejects.toEqual(refused('too_slow'));
    await expect(
      egress().fetch(`${outside.url}/silent`, { signal: AbortSignal.abort(new Error('enough')) }),
    ).rejects.toThrow('enough');
  });

  it('tells a server that is not there from one that may not be connected to', async () => {
    const { port } = outside;
    await outside.stop();
    await expect(egress(`127.0.0.1:${port}`).fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow(
      TypeError,
    );
    outside = await CountingServer.start();
  });
});
