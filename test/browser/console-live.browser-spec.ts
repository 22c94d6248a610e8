// The console while something happens: turns that run, MCP servers that are checked, an update of the service; and sealed users.
import type { Server, ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { type Browser, launchBrowser, POLLING } from '../support/browser.js';
import { buildConsole } from '../support/console-build.js';
import { ConsolePage } from '../support/console-page.js';
import { CountingServer } from '../support/counting-server.js';
import { answering } from '../support/mcp-servers.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { gate, Talk } from '../support/talk.js';
import { eventually } from '../support/wait.js';

/** Text that would run a script where it became HTML or an address. */
const XSS =
  '"><img src=x onerror=fault(1)><a href="javascript:fault(2)">x</a><script>fault(3)</script>';

let api: TestApp;
let url: string;
let browser: Browser;
let model: ModelStandIn;
let mcp: CountingServer;
/** Answers to streams of events, in order. */
const streams: { lastEventId: unknown; address: string; answer: ServerResponse }[] = [];
const opened: ConsolePage[] = [];

beforeAll(async () => {
  await buildConsole();
  model = await startModelStandIn();
  const tool = { name: 'look', description: XSS, inputSchema: { type: 'object', title: XSS } };
  mcp = await CountingServer.start(answering(() => ({ tools: [tool] })));
  api = await createTestApp({ ...model.environment, EGRESS_ALLOW: '127.0.0.1' });
  url = await api.listen();
  const server: Server = api.app.getHttpServer();
  server.on('request', ({ url: address = '', headers }, answer) => {
    if (address.includes('/events'))
      streams.push({ lastEventId: headers['last-event-id'], address, answer });
  });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
  await mcp?.stop();
  await model?.close();
});
afterEach(async () => {
  for (const page of opened.splice(0)) await page.close();
});

async function signedIn(user = '', at = url, key = api.serviceKey): Promise<ConsolePage> {
  const page = await ConsolePage.open(browser, at);
  opened.push(page);
  await page.page.evaluate('window.fault = (what) => { throw new Error(what); }');
  await page.signIn(key, user);
  return page;
}
const written = (page: ConsolePage) =>
  page.requests
    .filter((one) => !['GET', 'HEAD'].includes(one.method()))
    .map((one) => `${one.method()} ${new URL(one.url()).pathname}`);
/** What axe-core and a phone find in the page as it is, in both schemes of colours. */
async function faultsOf(page: ConsolePage): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const scheme of ['dark', 'light'] as const) {
    await page.scheme(scheme);
    found.push(...(await page.accessibility()));
  }
  await page.page.setViewport({ width: 360, height: 740 });
  found.push(...(await page.accessibility()));
  if (await page.scrollsSideways()) found.push('scrolls sideways');
  await page.page.setViewport({ width: 1280, height: 900 });
  return [...found, ...page.faults, ...((await page.violations()) as unknown[])];
}

describe('a turn that runs', () => {
  it('is followed as it is said, over a cut connection, until the page is left', async () => {
    const talk = await Talk.begin(api);
    const hold = gate();
    model.next({
      text: [`Half ${XSS}`, ' and half.'],
      hold: { afterDeltas: 1, until: hold.until },
    });
    const page = await signedIn('ada');
    await page.go(`#${talk.path.replace('/v1', '')}?tab=turns`, 'No model was asked');
    await eventually(async () => streams.length > 0);
    // It begins while the page is open.
    await talk.turn('Say it');
    await page.shows(`Half ${XSS}`, 'running', 'Stop…');
    expect(await faultsOf(page)).toEqual([]);
    for (const { answer } of streams) answer.destroy();
    hold.open();
    await page.shows(`Half ${XSS} and half.`, 'completed');
    const after = streams.at(-1)!;
    expect(streams.length).toBeGreaterThan(1);
    expect(after.lastEventId).toMatch(/^\d+\.\d+\.\d+/);
    expect(await page.text()).not.toContain('Stop…');
    for (const { address } of streams) expect(address).not.toContain(api.serviceKey);
    await page.go('#/conversations', 'Last number');
    await eventually(async () => streams.every(({ answer }) => answer.closed));
    const count = streams.length;
    await page.go('#/memories', 'Memories');
    expect(streams.length).toBe(count);
    expect(written(page)).toEqual([]);
  });

  it('is stopped after it was confirmed, and what it said stays', async () => {
    const talk = await Talk.begin(api);
    const hold = gate();
    model.next({ text: ['So far', ' so good.'], hold: { afterDeltas: 1, until: hold.until } });
    const turn = await talk.turn('Say it');
    const page = await signedIn('ada');
    await page.go(`#${talk.path.replace('/v1', '')}?tab=turns`, 'So far', 'Stop…');
    await page.press('Stop…');
    await page.shows('Stop the turn?', 'Of user: ada');
    await page.page.keyboard.press('Escape');
    expect(written(page)).toEqual([]);
    await page.press('Stop…');
    await page.confirm('Stop the turn');
    await page.shows('cancelled', 'So far');
    expect(written(page)).toEqual([`POST ${talk.path}/turns/${turn.id}/cancel`]);
    expect(await talk.settled(turn)).toMatchObject({ state: 'cancelled' });
    hold.open();
    expect(page.faults).toEqual([]);
  });
});

describe('MCP servers', () => {
  it('are checked after it was confirmed; what a server says is shown as text', async () => {
    const ada = api.actingFor('ada');
    const fields = {
      name: 'maps',
      transport: 'http',
      url: mcp.url,
      headers: { 'x-team': 'secret-1' },
    };
    const { body } = await ada.post('/v1/mcp-servers', fields).expect(201);
    const path = `/v1/mcp-servers/${(body as { id: string }).id}`;
    const page = await signedIn('ada');
    await page.go('#/mcp-servers', 'maps', 'all agents', 'not since you signed in');
    await page.press('Check');
    await page.shows('Check the server maps?', 'Of user: ada');
    await page.press('Cancel');
    expect([written(page), mcp.requests]).toEqual([[], []]);
    await page.press('Check');
    // At first the focus is on what changes nothing.
    await page.page.keyboard.press('Tab');
    await page.page.keyboard.press('Enter');
    await page.shows('1 tool');
    expect(written(page)).toEqual([`POST ${path}/check`]);
    expect(await faultsOf(page)).toEqual([]);
    await page.press('maps');
    await page.shows('Last check', 'look', XSS, 'answering 1', 'x-team');
    expect(await page.text()).not.toContain('secret-1');
    expect(await faultsOf(page)).toEqual([]);
    const own = await signedIn('', url);
    await own.go('#/mcp-servers', 'MCP servers of the service', 'There is no MCP server.');
  });

  it('that fail say why, also on the page of their agent', async () => {
    const ada = api.actingFor('ada');
    const made = await ada.post('/v1/agent-configs', { name: 'guide' }).expect(201);
    const agent = (made.body as { id: string }).id;
    const away = await CountingServer.start();
    const target = { transport: 'http', url: away.url, agentConfigId: agent };
    await away.stop();
    await ada.post('/v1/mcp-servers', { ...target, name: 'away' }).expect(201);
    const other = await ada.post('/v1/agent-configs', { name: 'other' }).expect(201);
    const page = await signedIn('ada');
    await page.go(`#/agents/${(other.body as { id: string }).id}`, 'MCP servers', 'maps');
    expect(await page.text()).not.toContain('away');
    await page.go(`#/agents/${agent}`, 'maps', 'away', 'one agent');
    await page.press('Check');
    await page.confirm('Check');
    await page.shows('failed');
    await page.press('away');
    await page.shows('Reason', 'Detail');
    expect(await faultsOf(page)).toEqual([]);
  });
});

describe('jobs, memories and users', () => {
  it('finds jobs by a part of their name and their status', async () => {
    for (const name of ['plants.water', 'plants.cut'])
      await api.database.admin(
        `insert into threadkeep.job (id, name, status, attempts, max_attempts, error, started_at, finished_at)
         values (gen_random_uuid(), $1, 'failed', 8, 8, 'x', now(), now())`,
        [name],
      );
    const page = await signedIn();
    await page.go('#/jobs', 'plants.water', 'plants.cut');
    await page.page.type('input[name=name]', 'ants.wa');
    await page.page.keyboard.press('Enter');
    await page.page.waitForFunction(`!document.body.innerText.includes('plants.cut')`, POLLING);
    await page.shows('plants.water');
    await page.go('#/jobs?name=plants&status=completed', 'There is no job like that.');
  });

  it('undoes the newest change of a memory, and the undo, too; nothing that was forgotten', async () => {
    const ada = api.actingFor('ada');
    const made = await ada
      .post('/v1/memories', { content: 'Likes windows', kind: 'fact' })
      .expect(201);
    const path = `/v1/memories/${(made.body as { id: string }).id}`;
    await ada.patch(path, { content: 'Likes aisles' }).expect(200);
    const page = await signedIn('ada');
    await page.go(`#${path.replace('/v1', '')}`, 'Version 2', 'Undo this change');
    await page.press('Undo this change');
    await page.shows('Undo version 2?');
    await page.confirm('Undo this change');
    await page.shows('Version 3', 'undo of version 2');
    expect((await ada.get(path).expect(200)).body).toMatchObject({ content: 'Likes windows' });
    // An undo is a change as others: it can be undone.
    await page.press('Undo this change');
    await page.confirm('Undo this change');
    await page.shows('Version 4', 'undo of version 3');
    expect((await ada.get(path).expect(200)).body).toMatchObject({ content: 'Likes aisles' });
    expect(await faultsOf(page)).toEqual([]);
    await ada.delete(path).expect(204);
    await page.go('#/memories', 'Memories');
    await page.go(`#${path.replace('/v1', '')}`, 'This memory is not there any more.', 'forget');
    expect(await page.text()).not.toContain('Undo this change');
  });

  it('finds users who are sealed by a whole address or external id, and says why', async () => {
    const sealed = await createTestApp({ SEAL_USERS: 'true' });
    try {
      const user = { externalId: 'carol-1', email: 'carol@example.com', name: 'Carol' };
      await sealed.service.post('/v1/users', user).expect(201);
      await sealed.service.post('/v1/users', { externalId: 'dave' }).expect(201);
      const page = await signedIn('', await sealed.listen(), sealed.serviceKey);
      await page.go('#/users?q=carol%40example.com', 'cannot be searched here', 'SEAL_USERS');
      expect(await faultsOf(page)).toEqual([]);
      await page.press('Find the email “carol@example.com”');
      await page.shows('Carol', 'carol-1');
      expect(await page.text()).not.toContain('dave');
      await page.go('#/users?q=dave', 'cannot be searched here');
      await page.press('Find the external id “dave”');
      await page.page.waitForFunction(
        `document.querySelectorAll('tbody tr').length === 1`,
        POLLING,
      );
      expect(await page.text()).not.toContain('Carol');
    } finally {
      await sealed.close();
    }
  });
});

describe('an update of the service under an open page', () => {
  // As a chunk of an older release: the newer one has it under another name.
  const lost = `dispatchEvent(new Event('vite:preloadError', { cancelable: true }))`;
  const mark = `document.body.dataset.opened = 'before'`;
  const isReloaded = `document.body.dataset.opened === undefined && document.querySelector('#key') !== null`;

  async function openedPage(): Promise<ConsolePage> {
    const page = await ConsolePage.open(browser, url);
    opened.push(page);
    await page.shows('API key');
    return page;
  }

  async function expectToStay(page: ConsolePage): Promise<void> {
    await page.signIn(api.serviceKey);
    await page.shows('Overview');
    expect(await page.page.evaluate(`document.body.dataset.opened`)).toBe('before');
    expect(page.faults).toEqual([]);
  }

  it('makes the page load itself again once, and no more', async () => {
    const page = await openedPage();
    await page.page.evaluate(mark);
    await page.page.evaluate(lost);
    await page.page.waitForFunction(isReloaded, POLLING);
    await page.page.evaluate(mark);
    await page.page.evaluate(lost);
    await expectToStay(page);
  });

  it('makes it go round no further than once through all versions', async () => {
    const page = await openedPage();
    const script = `document.querySelector('script[type=module]').src`;
    await page.page.evaluate(
      `history.replaceState({ reloadedFrom: [${script}, 'http://another/version.js'] }, '')`,
    );
    await page.page.reload();
    await page.shows('API key');
    await page.page.evaluate(mark);
    await page.page.evaluate(lost);
    await expectToStay(page);
  });

  it('is none while the service does not answer: the page stays', async () => {
    const page = await openedPage();
    await page.page.evaluate(mark);
    await page.page.evaluate(
      `const { fetch: working } = window;
      window.fetch = () => Promise.reject(new TypeError('Failed to fetch'));
      ${lost};
      window.fetch = working;`,
    );
    await expectToStay(page);
  });
});
