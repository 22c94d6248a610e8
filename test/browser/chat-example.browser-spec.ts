// The example in docs/examples/chat, as a person sees it in a browser: the published `useChat`, the
// example's own server, and Threadkeep behind it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { type Browser, launchBrowser, type Page, POLLING } from '../support/browser.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';

const EXAMPLE = new URL('../../docs/examples/chat/', import.meta.url);
let standIn: ModelStandIn;
let api: TestApp;
let server: ChildProcess;
let site: string;
let browser: Browser;
let page: Page;
const faults: Error[] = [];

beforeAll(async () => {
  standIn = await startModelStandIn();
  api = await createTestApp({ ...standIn.environment, JOB_CONCURRENCY: '2' });
  const url = await api.listen();
  server = spawn(process.execPath, [fileURLToPath(new URL('server.mjs', EXAMPLE))], {
    env: {
      ...process.env,
      THREADKEEP_URL: url,
      THREADKEEP_API_KEY: api.serviceKey,
      CHAT_MODEL: 'stand-in/a-model',
      CHAT_USER: 'ada',
      PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(server.stdout!), 'line')) as [string];
  site = line;
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  server?.kill();
  await api.close();
  await standIn.close();
});
beforeEach(async () => {
  standIn.forget();
  faults.length = 0;
  page = await browser.newPage();
  page.on('pageerror', (error) => faults.push(error));
  await page.goto(site);
  await isReady();
});

const send = async (text: string): Promise<void> => {
  await page.type('input', text);
  await page.click('#send');
};
/** Waits until the page shows these messages, and nothing else. */
const shows = (...messages: [role: string, text: string][]) =>
  page.waitForFunction(
    `JSON.stringify([...document.querySelectorAll('li')].map((li) => [li.dataset.role, li.textContent])) === ${JSON.stringify(JSON.stringify(messages))}`,
    POLLING,
  );
const isReady = () =>
  page.waitForFunction(`document.querySelector('#status')?.textContent === 'ready'`, POLLING);

/** What the conversation of the page shows, by the API. */
async function stored(query = ''): Promise<[string, string][]> {
  const chat = new URL(page.url()).searchParams.get('chat')!;
  const path = `/v1/conversations/key%3A${chat}/messages?order=asc${query}`;
  const { body } = await api.actingFor('ada').get(path).expect(200);
  const textOf = (content: string | { text?: string }[]) =>
    typeof content === 'string' ? content : content.map(({ text = '' }) => text).join('');
  return (body.data as { role: string; content: string }[]).map(({ role, content }) => [
    role,
    textOf(content),
  ]);
}

/** Waits until these messages are stored, and nothing else. */
async function expectStored(...messages: [string, string][]): Promise<void> {
  const wanted = JSON.stringify(messages);
  while (JSON.stringify(await stored()) !== wanted) await setTimeout(50);
}

/** From its read with this number on, the page gets the messages that it reads only when `letGo` is called. */
const holdMessages = (first: number) => `(() => {
  const { fetch } = window;
  let reads = 0;
  const isLetGo = new Promise((resolve) => (window.letGo = resolve));
  window.fetch = async (url, options) => {
    const answer = await fetch(url, options);
    if (!String(url).includes('/messages?') || ++reads < ${first}) return answer;
    const text = await answer.text();
    window.hasRead = true;
    await isLetGo;
    return new Response(text, { status: answer.status, headers: answer.headers });
  };
})()`;

const WORDS = Array.from({ length: 40 }, (_, i) => `word ${i}, Grüße 🌉. `);
const WHOLE = WORDS.join('');
const HALF = WORDS.slice(0, 20).join('');
const TWO_TURNS: [role: string, text: string][] = [
  ['user', 'First?'],
  ['assistant', 'One.'],
  ['user', 'Second?'],
  ['assistant', 'Two.'],
];

describe('a chat in a browser', () => {
  it('shows a reply while it grows, and goes on with it after a reload', async () => {
    let open = () => {};
    const until = new Promise<void>((resolve) => (open = resolve));
    standIn.next({ text: WORDS, hold: { afterDeltas: 20, until } });
    await send('Count.');
    await shows(['user', 'Count.'], ['assistant', HALF]);
    await page.reload();
    await shows(['user', 'Count.'], ['assistant', HALF]);
    open();
    await shows(['user', 'Count.'], ['assistant', WHOLE]);
    await isReady();
    expect(await stored()).toEqual([
      ['user', 'Count.'],
      ['assistant', WHOLE],
    ]);
    expect(standIn.requests).toHaveLength(1);
    expect(faults).toEqual([]);
  });

  it('shows a reply whole that ended after a reload read it, and before the page joined its stream', async () => {
    let open = () => {};
    const until = new Promise<void>((resolve) => (open = resolve));
    standIn.next({ text: WORDS, hold: { afterDeltas: 20, until } });
    await send('Count.');
    await shows(['user', 'Count.'], ['assistant', HALF]);
    await page.evaluateOnNewDocument(holdMessages(1));
    await page.reload();
    await page.waitForFunction('window.hasRead === true', POLLING);
    open();
    await expectStored(['user', 'Count.'], ['assistant', WHOLE]);
    await page.evaluate('window.letGo()');
    await shows(['user', 'Count.'], ['assistant', WHOLE]);
    await isReady();
    expect(faults).toEqual([]);
  });

  it('shows what was said when nothing runs, and goes on with the conversation', async () => {
    standIn.next({ text: ['One.'] }, { text: ['Two.'] });
    await send('First?');
    await shows(['user', 'First?'], ['assistant', 'One.']);
    await isReady();
    await page.reload();
    await shows(['user', 'First?'], ['assistant', 'One.']);
    await isReady();
    await send('Second?');
    await shows(...TWO_TURNS);
    await isReady();
    expect(await stored()).toEqual(TWO_TURNS);
    expect(faults).toEqual([]);
  });

  it('keeps what was sent before it had read again, because nothing ran', async () => {
    standIn.next({ text: ['One.'] }, { text: ['Two.'] });
    await send('First?');
    await shows(['user', 'First?'], ['assistant', 'One.']);
    await isReady();
    await page.evaluateOnNewDocument(holdMessages(2));
    await page.reload();
    await page.waitForFunction('window.hasRead === true', POLLING);
    await send('Second?');
    await shows(...TWO_TURNS);
    await page.evaluate('window.letGo()');
    // The page takes what it has read in one of the next frames.
    await page.evaluate('new Promise((done) => setTimeout(done, 200))');
    await shows(...TWO_TURNS);
    expect(faults).toEqual([]);
  });

  it('answers again beside the reply of before', async () => {
    standIn.next({ text: ['One.'] }, { text: ['Another.'] });
    await send('First?');
    await shows(['user', 'First?'], ['assistant', 'One.']);
    await isReady();
    await page.click('#again');
    await shows(['user', 'First?'], ['assistant', 'Another.']);
    await isReady();
    expect(await stored('&all=true')).toHaveLength(3);
    expect(faults).toEqual([]);
  });

  it('ends a turn when it is stopped, and keeps what was said', async () => {
    standIn.next({ text: WORDS, hold: { afterDeltas: 20, until: new Promise(() => {}) } });
    await send('Count.');
    await shows(['user', 'Count.'], ['assistant', HALF]);
    await page.click('#stop');
    await isReady();
    expect(await stored()).toEqual([
      ['user', 'Count.'],
      ['assistant', HALF],
    ]);
    expect(faults).toEqual([]);
  });
});
