// The console in a browser: one service and one browser for all tests.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { type Browser, launchBrowser, POLLING } from '../support/browser.js';
import { buildConsole } from '../support/console-build.js';
import { ConsolePage } from '../support/console-page.js';
import { seedLongConversation, type SeededUser, seedUser } from '../support/console-seed.js';

/** Texts that would run a script where they became HTML, an address, a style or code. */
const XSS = [
  '<script>fault(1)</script><img src=x onerror=fault(2)><svg onload=fault(3)>',
  '"><b onmouseover=fault(4) autofocus onfocus=fault(5)><iframe srcdoc="<script>parent.fault(6)</script>">',
  '<a href="javascript:fault(7)">x</a><style>@import "//evil.example/x"</style>',
  '</title></textarea></noscript><script>fault(8)</script>${fault(9)} {{fault(10)}}',
];
const CANARY = 'canary-of-bob';

let api: TestApp;
let url: string;
let browser: Browser;
let ada: SeededUser;
let attackers: SeededUser[];
let bob: SeededUser;
let long: string;
const opened: ConsolePage[] = [];

beforeAll(async () => {
  await buildConsole();
  api = await createTestApp();
  url = await api.listen();
  browser = await launchBrowser();
  ada = await seedUser(api, 'ada', 'Ada Lovelace');
  bob = await seedUser(api, 'bob', CANARY);
  attackers = [];
  for (const [i, text] of XSS.entries()) attackers.push(await seedUser(api, `mallory ${i}`, text));
  long = await seedLongConversation(api.actingFor('ada'), 10_000);
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
});
afterEach(async () => {
  for (const page of opened.splice(0)) await page.close();
});

const open = async (hash = ''): Promise<ConsolePage> => {
  const page = await ConsolePage.open(browser, url, hash);
  opened.push(page);
  return page;
};
const service = async (user = ''): Promise<ConsolePage> => {
  const page = await open();
  await page.signIn(api.serviceKey, user);
  return page;
};

type Place = [hash: string, ...texts: string[]];
/** Every page of a user, and a text that it shows. */
const placesOf = (user: SeededUser, text: string): Place[] => [
  [`#/conversations`, `${text} trip`],
  [`#/conversations/${user.conversation}`, `${text} To Porto.`, '2 of 2', '2 messages'],
  [`#/conversations/${user.conversation}?q=Lisbon`, `${text} To Lisbon.`, 'on a branch that is'],
  [
    `#/conversations/${user.conversation}?tab=context&manifest=${user.manifest}`,
    `${text} second`,
    'of 2,000 tokens',
    'agentConfig',
    'memories',
  ],
  [`#/conversations/${user.conversation}?tab=turns`, 'No model was asked'],
  [`#/conversations/${user.conversation}?tab=details`, `${text} trip`, '"note"'],
  [`#/memories`, `${text} likes aisles`],
  [`#/memories?q=aisles`, `${text} likes aisles`, 'Parts of the score', 'words'],
  [`#/memories/${user.memory}`, `${text} likes windows`, 'Version 1', 'Version 2'],
  [`#/mcp-servers`, 'There is no MCP server.'],
  [`#/agents`, `${text} agent`],
  [`#/agents/${user.agent}`, `${text} second`, 'prod', 'version 1 (100 %)'],
];
const SERVICE_PLACES = (user: SeededUser, text: string): Place[] => [
  ['#/overview', '0.1.0', 'Delay of the event loop', 'Connections of the pool'],
  ['#/users', text, 'External id'],
  [`#/users/${user.id}`, text, 'messageBytes', 'API keys'],
  ['#/jobs', 'water.plants', 'failed', text],
  ['#/audit', 'user.created'],
  ['#/keys', 'the service', text],
];

describe('signing in to the console', () => {
  it('works with the keyboard alone', async () => {
    const page = await open();
    await page.shows('API key');
    await page.page.keyboard.press('Tab');
    await page.page.keyboard.type(api.serviceKey);
    await page.page.keyboard.press('Tab');
    await page.page.keyboard.type('ada');
    await page.page.keyboard.press('Tab');
    await page.page.keyboard.press('Enter');
    await page.shows('Sign out', 'Conversations');
    expect(page.faults).toEqual([]);
  });

  it('says that a key is not valid, by the title and the id of the request', async () => {
    const page = await open();
    await page.shows('API key');
    await page.page.type('#key', `tk_${'x'.repeat(43)}`);
    await page.page.click('button[type=submit]');
    await page.shows('A valid credential is needed', 'Request');
  });

  it('refuses what cannot be a key before it is sent', async () => {
    const page = await open();
    await page.shows('API key');
    const sent = page.requests.length;
    await page.page.type('#key', 'tk_…');
    await page.page.click('button[type=submit]');
    await page.shows('This is no API key');
    expect(page.requests.length).toBe(sent);
    expect(page.faults).toEqual([]);
  });

  it('keeps the key in memory only: a reload asks again, and signing out forgets it', async () => {
    const page = await service('ada');
    const traces = `JSON.stringify([location.href, document.cookie, {...localStorage}, {...sessionStorage}, document.documentElement.outerHTML, history.state])`;
    expect(await page.page.evaluate(traces)).not.toContain(api.serviceKey);
    await page.page.reload();
    await page.page.waitForFunction(`document.querySelector('#key')?.value === ''`, POLLING);
    await page.signIn(api.serviceKey);
    await page.press('Sign out');
    await page.shows('Sign in');
    expect(await page.page.evaluate('[document.title, document.activeElement.id]')).toEqual([
      'Sign in · Threadkeep',
      'key',
    ]);
    const sent = page.requests.length;
    await page.go('#/users', 'API key');
    expect(await page.page.evaluate(`document.querySelector('#key').value`)).toBe('');
    expect(page.requests.length).toBe(sent);
    expect(await page.page.evaluate(traces)).not.toContain(api.serviceKey);
  });
});

describe('the pages of the console', () => {
  it('show what they are for, keep the policy, and fit a phone', async () => {
    const page = await service('ada');
    const all = [...SERVICE_PLACES(ada, 'Ada Lovelace'), ...placesOf(ada, 'Ada Lovelace')];
    for (const width of [1280, 360]) {
      await page.page.setViewport({ width, height: 740 });
      for (const place of all) {
        await page.go(...place);
        expect([place[0], width, await page.scrollsSideways()]).toEqual([place[0], width, false]);
      }
    }
    expect(await page.violations()).toEqual([]);
    expect(page.faults).toEqual([]);
    expect(page.requests.filter((one) => !one.url().startsWith(url))).toEqual([]);
    expect(page.requests.filter((one) => one.url().includes(api.serviceKey))).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('have no fault that axe-core finds, %s', async (scheme) => {
    const page = await open();
    await page.scheme(scheme);
    await page.shows('API key');
    expect(await page.accessibility()).toEqual([]);
    await page.signIn(api.serviceKey, 'ada');
    const all = [...SERVICE_PLACES(ada, 'Ada Lovelace'), ...placesOf(ada, 'Ada Lovelace')];
    for (const place of [...all, ['#/no-such-page', 'No such page'] as Place]) {
      await page.go(...place);
      expect([place[0], await page.accessibility()]).toEqual([place[0], []]);
    }
  });

  it('search the users', async () => {
    const page = await service();
    await page.go('#/users?q=Lovelace', 'Ada Lovelace');
    expect(await page.text()).not.toContain(CANARY);
    await page.go('#/users?q=nobody-at-all', 'No user is like that.');
    await page.go('#/users?status=disabled', 'No user is like that.');
    await page.go(`#/users/${ada.id}`, 'Ada Lovelace');
    await page.press('Show this user’s data');
    await page.shows('Ada Lovelace trip');
  });

  it('keep short values in one line where there is room', async () => {
    const page = await service('ada');
    for (const [hash, text, values] of [
      ['#/memories?q=aisles', 'Parts of the score', '.parts b'],
      ['#/audit', 'user.created', 'td[data-label=Request] code'],
    ] as const) {
      await page.go(hash, text);
      const lines = `[...document.querySelectorAll('${values}')].map((one) => one.getClientRects().length)`;
      const found = (await page.page.evaluate(lines)) as number[];
      expect(found.length).toBeGreaterThan(0);
      expect([hash, Math.max(...found), await page.scrollsSideways()]).toEqual([hash, 1, false]);
    }
  });

  it('say how much a search found to a screen reader', async () => {
    const page = await service('ada');
    const said = `[...document.querySelectorAll('main [role=status]')].map((one) => one.innerText).join(' ')`;
    for (const [hash, text] of [
      ['#/memories?q=aisles', 'Found 1 memory.'],
      ['#/conversations?messages=Lisbon', 'Found 2 messages.'],
      ['#/conversations?messages=nowhere', 'No message has these words.'],
      ['#/conversations?q=trip', '1 row shown'],
    ] as const) {
      await page.go(hash, text);
      expect(await page.page.evaluate(said)).toContain(text);
    }
  });

  it('name conversations without a title by their key, and link to none that is deleted', async () => {
    const dora = api.actingFor('dora');
    const make = async (key: string) => {
      const { body } = await dora.post('/v1/conversations', { key }).expect(201);
      return (body as { id: string }).id;
    };
    const [kept, deleted] = [await make('kept-1'), await make('deleted-1')];
    await dora.delete(`/v1/conversations/${deleted}`).expect(204);
    const page = await service('dora');
    await page.go('#/conversations', 'kept-1', 'Last number');
    await page.go(`#/conversations/${kept}`, 'kept-1');
    expect(await page.page.evaluate(`document.querySelector('h1').innerText`)).toContain('kept-1');
    await page.go('#/conversations?status=deleted', 'deleted-1');
    expect(await page.page.evaluate(`document.querySelectorAll('td a').length`)).toBe(0);
  });

  it('link to the documentation, in a tab of its own', async () => {
    const page = await service();
    const link = `(({ href, target }) => [href, target])([...document.querySelectorAll('nav a')].at(-1))`;
    expect(await page.page.evaluate(link)).toEqual([`${url}/docs`, '_blank']);
  });

  it('ask for a user where they need one', async () => {
    const page = await service();
    await page.go('#/conversations', 'Choose a user');
  });

  it('go from one answer to another, and to what follows it', async () => {
    const page = await service('ada');
    await page.go(`#/conversations/${ada.conversation}`, 'To Porto.', '2 of 2');
    await page.page.click('[aria-label="Previous alternative of message 4"]');
    await page.shows('To Lisbon.', 'Thank you, Lisbon.', '1 of 2', 'rated down');
    expect(await page.text()).not.toContain('To Porto.');
    await page.page.click('[aria-label="Next alternative of message 2"]');
    await page.shows('To Porto.', '2 of 2');
    const { body } = await api.actingFor('ada').get(`/v1/conversations/${ada.conversation}`);
    expect(body).toMatchObject({ headSeq: 4 });
  });

  it('show a message that a search found among the others, or at the end of the path to it', async () => {
    const page = await service('ada');
    await page.go(`#/conversations/${long}?q=%22number+5000%22`, '#5000 assistant');
    await page.press('#5000 assistant');
    await page.shows('#4999', 'message number 5000', '#5001', '10,000 messages');
    await page.go(`#/conversations/${ada.conversation}?q=thank`, '#3 user');
    await page.press('#3 user');
    await page.shows('To Lisbon.', 'Thank you, Lisbon.', '3 messages');
  });

  it('keep few rows of 10,000 messages, at both ends and between', async () => {
    const page = await service('ada');
    const rows = async () =>
      Number(await page.page.evaluate(`document.querySelectorAll('.messages li').length`));
    const scrollTo = (share: number) =>
      page.page.evaluate(
        `{ const box = document.querySelector('.messages'); box.scrollTop = box.scrollHeight * ${share}; }`,
      );
    await page.go(`#/conversations/${long}`, '10,000 messages', '#10000', 'message number 10000');
    expect(await rows()).toBeLessThan(60);
    await page.press('First');
    await page.shows('#1\n', 'message number 1\n');
    expect(await rows()).toBeLessThan(60);
    for (const share of [0.25, 0.5, 0.75]) {
      await scrollTo(share);
      await page.page.waitForFunction(
        `document.querySelector('.messages .waiting') === null && Math.abs(Number(document.querySelector('.messages li').dataset.index) - ${share * 10_000}) < 600`,
        POLLING,
      );
      expect(await rows()).toBeLessThan(60);
    }
    await page.press('Last');
    await page.shows('#10000', 'message number 10000');
    expect(page.faults).toEqual([]);
    const pages = page.requests.filter((one) => one.url().includes('/messages?'));
    expect(pages.length).toBeLessThan(60);
  });
});

describe('whose data are shown', () => {
  const field = `document.querySelector('#shown').value`;

  it('is said in the heading of each page of a user, whatever the field says', async () => {
    const page = await service('ada');
    for (const [hash] of placesOf(ada, 'Ada Lovelace')) {
      await page.page.evaluate(`document.querySelector('#shown').value = 'bob'`);
      await page.go(hash, 'of user ada (Ada Lovelace)');
      expect([hash, await page.page.evaluate(field)]).toEqual([hash, 'ada']);
    }
    expect(await page.page.evaluate('document.title')).toContain(' of ada (Ada Lovelace)');
    await page.page.evaluate(`document.querySelector('#shown').value = 'bob'`);
    await page.press('Show');
    await page.shows(`of user bob (${CANARY})`);
    expect(await page.text()).not.toContain('Ada Lovelace');
    const own = await open();
    await own.signIn(ada.key);
    await own.go('#/memories', 'of user Ada Lovelace');
  });

  it('is said by each dialog that asks for a write', async () => {
    const page = await service('ada');
    const dialog = `document.querySelector('dialog[open]').innerText`;
    for (const [hash, label] of [
      [`#/memories/${ada.memory}`, 'Restore version 1'],
      ['#/memories', 'Roll back…'],
      [`#/conversations/${ada.conversation}?tab=context`, 'Build'],
    ] as const) {
      await page.go(hash, 'of user ada (Ada Lovelace)', label);
      await page.press(label);
      expect(await page.page.evaluate(dialog)).toContain('Of user: ada (Ada Lovelace)');
    }
    await page.go('#/jobs?status=failed', 'water.plants');
    await page.press('Retry');
    const users = [ada, bob, ...attackers].map(({ id }) => id);
    const text = String(await page.page.evaluate(dialog));
    expect(users.filter((id) => text.includes(`Of user: ${id}`))).toHaveLength(1);
  });

  it('is said to be nobody when the service has no such user', async () => {
    const page = await service('adda');
    await page.go('#/conversations', 'There is no user “adda”.');
    await page.go('#/memories', 'There is no user “adda”.');
    await page.page.evaluate(`document.querySelector('#shown').value = '${ada.id}'`);
    await page.press('Show');
    await page.shows(`of user ${ada.id} (Ada Lovelace)`);
    expect(await page.text()).not.toContain('There is no user');
    expect(page.faults).toEqual([]);
  });
});

describe('metrics in the console', () => {
  it('are said to be refused by the status of the answer', async () => {
    const page = await service();
    await page.go('#/users', 'Ada Lovelace');
    await page.page.evaluate(
      `{ const real = fetch; window.fetch = (to, ...more) => String(to).endsWith('/metrics') ? Promise.resolve(new Response('', { status: 429 })) : real(to, ...more); }`,
    );
    await page.go('#/overview', 'asked for metrics too often (429)');
    expect(await page.text()).not.toContain('does not answer');
  });

  it('are shown for the token of operators, which is kept in memory only', async () => {
    const token = 'operators-only-0123456789abcdef0123456789';
    const guarded = await createTestApp({ METRICS_TOKEN: token });
    try {
      const page = await ConsolePage.open(browser, await guarded.listen());
      opened.push(page);
      await page.signIn(guarded.serviceKey);
      await page.go('#/overview', 'shown to operators only', 'Token of operators');
      await page.page.type('input[name=token]', 'not the token');
      await page.press('Show the metrics');
      await page.shows('This is not the token.');
      await page.page.evaluate(`document.querySelector('input[name=token]').value = ''`);
      await page.page.type('input[name=token]', token);
      await page.press('Show the metrics');
      await page.shows('Delay of the event loop', '0.1.0');
      expect(page.requests.filter((one) => one.url().includes(token))).toEqual([]);
      await page.page.reload();
      await page.signIn(guarded.serviceKey);
      await page.shows('Token of operators');
    } finally {
      await guarded.close();
    }
  });
});

describe('writes from the console', () => {
  const written = (page: ConsolePage) =>
    page.requests
      .filter((one) => !['GET', 'HEAD'].includes(one.method()))
      .map((one) => `${one.method()} ${new URL(one.url()).pathname}`);

  it('are done only after they were confirmed', async () => {
    const page = await service('ada');
    await page.go(`#/memories/${ada.memory}`, 'Version 2');
    await page.press('Restore version 1');
    await page.shows('Restore version 1?');
    await page.press('Cancel');
    expect(written(page)).toEqual([]);
    await page.press('Restore version 1');
    await page.confirm('Restore version 1');
    await page.shows('Version 3', 'rollback');
    expect(written(page)).toEqual([`POST /v1/memories/${ada.memory}/rollback`]);
    const memory = await api.actingFor('ada').get(`/v1/memories/${ada.memory}`).expect(200);
    expect(memory.body).toMatchObject({ version: 3, content: 'Ada Lovelace likes windows' });
    await api
      .actingFor('ada')
      .patch(`/v1/memories/${ada.memory}`, { content: 'Ada Lovelace likes aisles' })
      .expect(200);
  });

  it('roll the memory back, and show what it is then', async () => {
    const carol = await seedUser(api, 'carol', 'Carol');
    const path = `/v1/memories/${carol.memory}/history`;
    const { body } = await api.actingFor('carol').get(path).expect(200);
    const first = (body as { data: { memory: { revision: number } }[] }).data.at(-1)!;
    const page = await service('carol');
    await page.go('#/memories', 'Carol likes aisles');
    await page.press('Roll back…');
    await page.page.type('dialog[open] input', String(first.memory.revision));
    await page.page.keyboard.press('Enter');
    await page.shows('Carol likes windows');
    expect(await page.text()).not.toContain('Carol likes aisles');
    expect(written(page)).toEqual(['POST /v1/memories/rollback']);
  });

  it('build a context, and explain what was left out', async () => {
    const page = await service('ada');
    await page.go(`#/conversations/${long}?tab=context`, 'Build a context to see');
    await page.page.type('input[inputmode=numeric]', '500');
    await page.press('Build');
    await page.confirm('Build');
    await page.shows('of 500 tokens', 'What was omitted', 'no room', 'messages #1 to #');
  });

  it('run a failed job again', async () => {
    const page = await service();
    await page.go('#/jobs?status=failed', 'water.plants');
    await page.press('Retry');
    await page.confirm('Retry');
    await page.page.waitForFunction(`!document.querySelector('dialog[open]')`, POLLING);
    const { body } = await api.service.get('/v1/admin/jobs?filter[status]=queued').expect(200);
    expect((body as { data: { name: string }[] }).data.map(({ name }) => name)).toContain(
      'water.plants',
    );
  });
});

describe('texts of users', () => {
  it.each(XSS)('are shown as text, run no script and keep the policy: %s', async (text) => {
    const attacker = attackers[XSS.indexOf(text)]!;
    const page = await open();
    await page.page.evaluate('window.fault = (what) => { throw new Error(what); }');
    await page.signIn(api.serviceKey, attacker.id);
    for (const place of [...SERVICE_PLACES(attacker, text), ...placesOf(attacker, text)])
      await page.go(...place);
    const elements = `document.querySelectorAll('main script, main iframe, main img, main style, main [onmouseover], main [onload], main a[href^="javascript"]').length`;
    expect(await page.page.evaluate(elements)).toBe(0);
    expect(await page.violations()).toEqual([]);
    expect(page.faults).toEqual([]);
  });
});

describe('a key of one user', () => {
  it('never shows another user', async () => {
    const page = await open();
    await page.signIn(ada.key);
    const shown: string[] = [];
    for (const place of [
      ...placesOf(ada, 'Ada Lovelace'),
      ['#/me', 'Ada Lovelace', 'messageBytes'] as Place,
      ['#/jobs', 'water.plants'] as Place,
      ['#/audit', 'Audit'] as Place,
    ]) {
      await page.go(...place);
      shown.push(await page.text());
    }
    for (const hash of [`#/conversations/${bob.conversation}`, `#/memories/${bob.memory}`]) {
      await page.go(hash, 'Request');
      shown.push(await page.text());
    }
    expect(shown.join('\n')).not.toContain(CANARY);
  });

  it('is told in a sentence what it may not see', async () => {
    const page = await open();
    await page.signIn(ada.key);
    expect(await page.text()).not.toContain('Users');
    for (const hash of ['#/users', '#/keys', `#/users/${bob.id}`])
      await page.go(hash, 'This kind of key cannot see this.');
    expect(await page.text()).not.toContain('Show this user’s data');
  });

  it('without a scope is told so', async () => {
    const { body } = await api.service
      .post('/v1/api-keys', { scopes: ['act', 'read'], name: 'reader' })
      .expect(201);
    const page = await open();
    await page.signIn((body as { key: string }).key, 'ada');
    await page.go('#/users', 'This key lacks the scope to see this.');
    await page.go('#/conversations', 'Ada Lovelace trip');
    expect(page.faults).toEqual([]);
  });
});
