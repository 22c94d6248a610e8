// Chats by the runtime of assistant-ui, in two pages after each other, and prints what each showed as JSON.
// The model is a stand-in, so that nothing is called but the service.
import { JSDOM } from 'jsdom';
import { Threadkeep } from '@threadkeep/client';
import { threadHistory, threadList } from '@threadkeep/client/assistant-ui';

const { window } = new JSDOM('<body></body>', { pretendToBeVisual: true, url: 'http://127.0.0.1' });
for (const name of ['window', 'document', 'navigator', 'HTMLElement', 'Element', 'Node'])
  globalThis[name] ??= name === 'window' ? window : window[name];
globalThis.requestAnimationFrame ??= window.requestAnimationFrame.bind(window);
globalThis.cancelAnimationFrame ??= window.cancelAnimationFrame.bind(window);

const { createElement, useEffect, useMemo, useRef } = await import('react');
const { createRoot } = await import('react-dom/client');
const { AssistantRuntimeProvider, useAui, useLocalRuntime, useRemoteThreadListRuntime } =
  await import('@assistant-ui/react');

const { BASE_URL: baseUrl, API_KEY: apiKey } = process.env;
const user = new Threadkeep({ baseUrl, apiKey }).user('ada');

const model = {
  async *run({ messages }) {
    const asked = messages.at(-1).content[0].text;
    const call = {
      ...{ type: 'tool-call', toolCallId: `call-${asked}`, toolName: 'echo' },
      ...{ args: { asked }, argsText: JSON.stringify({ asked }), result: asked },
    };
    yield { content: [call] };
    yield { content: [call, { type: 'text', text: `You said: ${asked}` }] };
  },
};

/** Holds what the hooks of a page would. */
function useThreadkeepAdapters() {
  const aui = useAui();
  const current = useRef(aui);
  useEffect(() => {
    current.current = aui;
  });
  return useMemo(
    () => ({ history: threadHistory(user, () => current.current.threadListItem) }),
    [],
  );
}

/** Opens a page, and gives its runtime. */
async function openPage() {
  const adapter = { ...threadList(user), unstable_useAdapters: useThreadkeepAdapters };
  const runtimeHook = () => useLocalRuntime(model);
  let runtime;
  function Page() {
    runtime = useRemoteThreadListRuntime({ runtimeHook, adapter });
    return createElement(AssistantRuntimeProvider, { runtime });
  }
  const element = window.document.createElement('div');
  const root = createRoot(element);
  root.render(createElement(Page));
  await until(() => runtime !== undefined);
  await runtime.threads.getLoadThreadsPromise();
  return { runtime, close: () => root.unmount() };
}

/** Waits for what a page does by itself. The test's own limit ends it. */
async function until(isSo) {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

const stored = async () =>
  (await user.conversations({ sort: ['createdAt'] }).toArray()).map(
    ({ title, status, lastSeq }) => ({
      ...{ title, status, lastSeq },
    }),
  );
const shown = ({ thread }) =>
  thread.getState().messages.map(({ role, content }) => [role, content.at(-1).text]);
const exported = ({ thread }) => JSON.parse(JSON.stringify(thread.export()));
const said = (text) => ({ role: 'user', content: [{ type: 'text', text }] });
const isIdle = ({ thread }) =>
  !thread.getState().isRunning && thread.getState().messages.at(-1)?.status?.type === 'complete';

const first = await openPage();
first.runtime.thread.append(said('Hello'));
await until(async () => (await stored())[0]?.lastSeq === 2 && (await stored())[0].title !== null);
await until(() => isIdle(first.runtime));
first.runtime.thread.append({ ...said('Hello again'), parentId: null });
await until(async () => (await stored())[0].lastSeq === 4);
await until(() => isIdle(first.runtime));
first.runtime.thread.append(said('More'));
await until(async () => (await stored())[0].lastSeq === 6);
await until(() => isIdle(first.runtime));
const written = exported(first.runtime);
const before = shown(first.runtime);
await first.runtime.threads.switchToNewThread();
await until(() => first.runtime.threads.getState().mainThreadId.startsWith('__'));
first.runtime.thread.append(said('Another'));
await until(async () => (await stored())[1]?.lastSeq === 2 && (await stored())[1].title !== null);
first.close();

const second = await openPage();
const listed = second.runtime.threads.getState();
const titles = listed.threadIds.map((id) => listed.threadItems[id].title);
const id = listed.threadIds.at(-1);
await second.runtime.threads.switchToThread(id);
await until(() => second.runtime.thread.getState().messages.length === 4);
const read = exported(second.runtime);
const after = shown(second.runtime);
const item = () => second.runtime.threads.getItemById(id);
await item().rename('Renamed');
const other = listed.threadIds[0];
await second.runtime.threads.getItemById(other).archive();
await until(async () => (await stored())[1].status === 'archived');
const archived = [...second.runtime.threads.getState().archivedThreadIds];
await second.runtime.threads.getItemById(other).unarchive();
await second.runtime.threads.getItemById(other).delete();
const left = await stored();
second.close();

const seen = { written, read, before, after, titles, archived, other, left };
process.stdout.write(JSON.stringify(seen), () => process.exit());
