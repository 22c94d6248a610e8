// The adapters of assistant-ui, with threads and messages as it has them.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MessageFormat } from '../../../clients/typescript/src/assistant-ui-messages.js';
import {
  threadHistory,
  threadList,
  type ThreadListItem,
} from '../../../clients/typescript/src/assistant-ui.js';
import {
  type Conversation,
  type NewMessage,
  Threadkeep,
  type User,
} from '../../../clients/typescript/src/index.js';
import { createTestApp, type TestApp } from '../../support/app.js';
import { pngOf } from '../../support/tiny-media.js';

let api: TestApp;
let baseUrl: string;
let tk: Threadkeep;
beforeAll(async () => {
  api = await createTestApp();
  baseUrl = await api.listen();
  tk = new Threadkeep({ baseUrl, apiKey: api.serviceKey });
});
afterAll(() => api.close());

const CREATED = new Date('2026-11-01T10:00:00.123Z');
const metadata = { custom: {} };
const says = (id: string, text: string, fields: object = {}) => ({
  ...{ id, role: 'user', createdAt: CREATED, attachments: [], metadata },
  content: [{ type: 'text', text }],
  ...fields,
});
const answers = (id: string, content: object[], fields: object = {}) => ({
  ...{ id, role: 'assistant', createdAt: CREATED, content },
  status: { type: 'complete', reason: 'stop' },
  metadata: {
    ...{ unstable_state: null, unstable_annotations: [], unstable_data: [], steps: [{ a: 1 }] },
    custom: { note: ['kept'] },
  },
  ...fields,
});
const text = (words: string) => [{ type: 'text', text: words }];

/** A thread as a runtime has it: new, until it is initialised. */
function threadOf(user: User, id: string): ThreadListItem {
  let remoteId: string | undefined;
  return {
    getState: () => ({ remoteId }),
    initialize: async () => {
      const made = await threadList(user).initialize(id);
      remoteId = made.remoteId;
      return made;
    },
  };
}

describe('the thread list of assistant-ui', () => {
  it('lists, names, archives and removes conversations', async () => {
    const user = tk.user('ada');
    const list = threadList(user);
    expect(await list.list()).toEqual({ threads: [] });
    const custom = { colour: 'green' };
    const made = await list.initialize('__LOCALID_1', { custom });
    expect(await list.initialize('__LOCALID_1')).toEqual(made);
    expect(made.externalId).toBe('__LOCALID_1');
    const { remoteId } = made;
    const unnamed = { ...made, status: 'regular', title: undefined, custom };
    expect(await list.fetch(remoteId)).toEqual(unnamed);
    expect(await list.fetch('__LOCALID_1')).toEqual(unnamed);
    const [message] = await user.conversation(remoteId).append({ role: 'user', content: 'Hi' });
    const other = await list.initialize('2');
    await list.rename(remoteId, 'Lunch');
    await list.updateCustom(remoteId, undefined);
    const first = {
      ...{ ...made, title: 'Lunch', custom: undefined },
      lastMessageAt: new Date(message!.createdAt),
    };
    await list.archive(other.remoteId);
    expect((await list.list()).threads).toEqual([
      { ...other, status: 'archived', title: undefined, custom: undefined },
      { ...first, status: 'regular' },
    ]);
    await list.archive(remoteId);
    expect(await list.fetch(remoteId)).toEqual({ ...first, status: 'archived' });
    await list.unarchive(remoteId);
    expect(await list.fetch(remoteId)).toEqual({ ...first, status: 'regular' });
    await list.delete(other.remoteId);
    await list.delete(other.remoteId);
    expect((await list.list()).threads).toMatchObject([{ remoteId }]);
    await expect(list.fetch(other.remoteId)).rejects.toMatchObject({
      code: 'conversation.not_found',
    });
    const ownId = '0b7ad8a2-6a1c-4c0e-9d3e-1f2a3b4c5d6e';
    expect(await list.initialize(ownId)).toEqual({ remoteId: ownId, externalId: undefined });
    expect(await list.fetch(ownId)).toMatchObject({ remoteId: ownId });
    const elses = threadList(tk.user('bob'));
    expect(await elses.list()).toEqual({ threads: [] });
    await expect(elses.rename(remoteId, 'Mine')).rejects.toMatchObject({
      code: 'conversation.not_found',
    });
  });

  it('lists in pages, and only those with the tag', async () => {
    const user = tk.user('cleo');
    const list = threadList(user, { tag: 'web' });
    await threadList(user).initialize('without');
    for (let i = 0; i < 51; i++) await list.initialize(String(i));
    const first = await list.list();
    expect(first.threads.map(({ externalId }) => externalId)).toEqual(
      Array.from({ length: 50 }, (_, i) => String(50 - i)),
    );
    const second = await list.list({ after: first.nextCursor });
    expect(second.threads.map(({ externalId }) => externalId)).toEqual(['0']);
    expect(second.nextCursor).toBeUndefined();
    expect((await threadList(user).list({})).threads).toHaveLength(50);
  });

  it('gives a thread the title that the application makes, or the first words', async () => {
    const user = tk.user('dora');
    const titleIn = async (stream: ReadableStream<{ type: string; textDelta?: string }>) => {
      let title = '';
      for await (const chunk of stream as unknown as AsyncIterable<{ textDelta?: string }>)
        title += chunk.textDelta ?? '';
      return title;
    };
    const long = `What ${'is '.repeat(30)}this?`;
    const titles: [Parameters<typeof threadList>[1], object[], string][] = [
      [{}, [says('1', '  Where shall\nwe eat? ')], 'Where shall we eat?'],
      [{}, [answers('0', text('Hello')), says('1', long)], long.slice(0, 58)],
      [{}, [says('1', '漢'.repeat(100))], '漢'.repeat(60)],
      [{}, [says('1', 'Where\0shall we eat?')], 'Where shall we eat?'],
      [{}, [says('1', `a ${' '.repeat(597)}🎉🎉`)], 'a'],
      [{}, [says('1', '', { content: [{ type: 'image', image: 'x' }] })], ''],
      [
        { titleOf: async (messages) => `${messages.length} message` },
        [says('1', 'a')],
        '1 message',
      ],
      [{ titleOf: null }, [says('1', 'a')], ''],
    ];
    for (const [i, [options, messages, title]] of titles.entries()) {
      const list = threadList(user, options);
      const { remoteId } = await list.initialize(String(i));
      const made = await list.generateTitle(remoteId, messages as never);
      expect(await titleIn(made)).toBe(title);
      expect((await list.fetch(remoteId)).title).toBe(title || undefined);
      await list.rename(remoteId, 'Mine');
      expect(await titleIn(await list.generateTitle(remoteId, []))).toBe('Mine');
    }
  });
});

describe('the history of a thread of assistant-ui', () => {
  it('gives messages back as they were, with attachments, calls and settings of runs', async () => {
    const user = tk.user('eve');
    const thread = threadOf(user, 'kept');
    const history = threadHistory(user, () => thread);
    expect(await history.load()).toEqual({ messages: [] });
    const image = `data:image/png;base64,${pngOf(1, 1)}`;
    const attached = [
      {
        ...{ id: 'f1', type: 'image', name: 'a.png', contentType: 'image/png' },
        ...{ status: { type: 'complete' }, content: [{ type: 'image', image }] },
      },
      {
        ...{ id: 'f2', type: 'document', name: 'b.txt', status: { type: 'complete' } },
        content: [...text('one'), ...text('two')],
      },
    ];
    const question = says('q', 'What is this?', { attachments: attached });
    const call = {
      ...{ type: 'tool-call', toolCallId: 'c1', toolName: 'look', argsText: '{"at":1}' },
      ...{ args: { at: 1 }, result: { seen: true }, artifact: [1] },
      messages: [says('nested', 'inside')],
    };
    const answer = answers('a', [{ type: 'reasoning', text: 'Hm.' }, call, ...text('A dot.')]);
    const system = {
      id: 's',
      role: 'system',
      createdAt: CREATED,
      content: text('Be brief.'),
      metadata,
    };
    const stopped = answers('e', [], { status: { type: 'incomplete', reason: 'cancelled' } });
    const runConfig = { custom: { model: 'm' } };
    const items = [
      { parentId: null, message: system },
      { parentId: 's', message: question, runConfig },
      { parentId: 'q', message: answer },
      { parentId: 'a', message: stopped },
    ];
    const file = { size: 1 };
    const sent = { ...question, attachments: attached.map((it) => ({ ...it, file })) };
    await Promise.all(
      items.map((item) =>
        history.append(item.message === question ? { ...item, message: sent } : item),
      ),
    );
    const expected = { headId: 'e', messages: items };
    expect(await history.load()).toEqual(expected);
    expect(await threadHistory(user, () => thread).load()).toEqual(expected);
    const { remoteId } = thread.getState();
    const context = await user
      .conversation(remoteId!)
      .context<{ content: unknown }>({ format: 'openai' });
    expect(JSON.stringify(context.messages)).toContain('A dot.');
    expect(JSON.stringify(context.messages)).toContain(image);
  });

  it('keeps all branches, and goes on from any of them in another page', async () => {
    const user = tk.user('frank');
    const thread = threadOf(user, 'branches');
    const history = threadHistory(user, () => thread);
    const items = [
      { parentId: null, message: says('q1', 'One') },
      { parentId: 'q1', message: answers('a1', text('1')) },
      { parentId: 'q1', message: answers('a2', text('2')) },
      { parentId: null, message: says('q2', 'Edited') },
    ];
    for (const item of items) await history.append(item);
    // The same again is the same message.
    await history.append(items[3]!);
    const loaded = { headId: 'q2', messages: items };
    expect(await history.load()).toEqual(loaded);
    const elsewhere = threadHistory(user, () => thread);
    const next = { parentId: 'a2', message: says('q3', 'On') };
    await elsewhere.append(next);
    expect(await history.load()).toEqual({ headId: 'q3', messages: [...items, next] });
    await user.conversation(thread.getState().remoteId!).moveHead(null);
    expect((await history.load()).headId).toBeNull();
    await expect(
      history.append({ parentId: 'none', message: says('q4', 'Lost') }),
    ).rejects.toMatchObject({ status: 422 });
    await history.append({ parentId: 'q3', message: answers('a3', text('After a failure')) });
    expect((await history.load()).headId).toBe('a3');
  });

  it('shows a message as it was last updated, in its place', async () => {
    const user = tk.user('grace');
    const thread = threadOf(user, 'updates');
    const history = threadHistory(user, () => thread);
    const question = { parentId: null, message: says('q', 'May I?') };
    const paused = answers('a', text('Wait'), { status: { type: 'requires-action' } });
    await history.append(question);
    await history.update({ parentId: 'q', message: paused });
    const more = { parentId: 'a', message: answers('a', text('More')) };
    await history.append({ ...more, parentId: 'q' });
    const finished = { parentId: 'q', message: answers('a', text('Done')) };
    await history.update(finished);
    expect(await history.load()).toEqual({ headId: 'a', messages: [question, finished] });
    const next = { parentId: 'a', message: says('q2', 'Thanks') };
    await history.append(next);
    const later = { parentId: 'q', message: answers('a', text('Seen later')) };
    await threadHistory(user, () => thread).update(later);
    expect(await history.load()).toEqual({ headId: 'q2', messages: [question, later, next] });
    const shown = await user.conversation(thread.getState().remoteId!).messages().toArray();
    expect(JSON.stringify(shown)).not.toContain('Wait');
  });

  it('shows texts of other clients, hides what was removed, and goes on behind it', async () => {
    const user = tk.user('hal');
    const thread = threadOf(user, 'foreign');
    const { remoteId } = await thread.initialize();
    const chat = user.conversation(remoteId);
    const call = { type: 'tool_call', id: 'c', name: 'f', arguments: {} };
    const [hello, , , reply, removed] = await chat.append([
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: [call] },
      { role: 'tool', content: [{ type: 'tool_result', tool_call_id: 'c', content: 'r' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'Hi' }] },
      { role: 'user', content: 'My secret' },
    ]);
    const path = `/v1/conversations/${remoteId}/messages/${removed!.id}`;
    await api.actingFor('hal').delete(path);
    const history = threadHistory(user, () => thread);
    const next = { parentId: reply!.id, message: says('q', 'And?') };
    const before = [
      { parentId: null, message: { id: hello!.id, role: 'user', content: text('Hello') } },
      { parentId: hello!.id, message: { id: reply!.id, role: 'assistant', content: text('Hi') } },
    ];
    expect(await history.load()).toMatchObject({ headId: reply!.id, messages: before });
    await history.append(next);
    expect(await history.load()).toMatchObject({ headId: 'q', messages: [...before, next] });
  });

  it('shows the newest version, also where another page has updated the message before', async () => {
    const user = tk.user('mia');
    const thread = threadOf(user, 'two pages');
    const history = threadHistory(user, () => thread);
    const version = (words: string) => ({ parentId: 'q', message: answers('a', text(words)) });
    await history.append({ parentId: null, message: says('q', 'Well?') });
    await history.append(version('1'));
    const [other, fresh] = [threadHistory(user, () => thread), threadHistory(user, () => thread)];
    await other.load();
    const chat = user.conversation(thread.getState().remoteId!);
    const shown = async () => (await chat.messages({ limit: 1 }).page()).data[0]?.content;
    const writes = [() => history.update(version('2')), () => other.update(version('3'))];
    for (const [i, write] of [...writes, () => fresh.append(version('4'))].entries()) {
      await write();
      expect(await shown()).toEqual(text(String(i + 2)));
    }
    const { messages } = await fresh.load();
    expect(messages[1]).toEqual(version('4'));
  });

  it('goes on to show what is written while a message is updated', async () => {
    const user = tk.user('quin');
    const thread = threadOf(user, 'race');
    const history = threadHistory(user, () => thread);
    await history.append({ parentId: null, message: answers('a', text('1')) });
    const next = { parentId: 'a', message: says('q', 'Next') };
    let writes = 0;
    const fetching: typeof fetch = async (input, init) => {
      if (init?.method === 'POST' && writes++ === 0) await history.append(next);
      return fetch(input, init);
    };
    const page = new Threadkeep({ baseUrl, apiKey: api.serviceKey, fetch: fetching });
    const other = threadHistory(page.user('quin'), () => thread);
    await other.load();
    const updated = { parentId: null, message: answers('a', text('2')) };
    await other.update(updated);
    expect(await other.load()).toEqual({ headId: 'q', messages: [updated, next] });
  });

  it('shows messages whose metadata only looks like its own as those of other clients', async () => {
    const user = tk.user('noa');
    const thread = threadOf(user, 'odd');
    const { remoteId } = await thread.initialize();
    const createdAt = '2026-11-01T10:00:00.000Z';
    const odd: unknown[] = [
      ...['x', null, 5, [], { message: {} }, { message: null }],
      { message: { createdAt, attachments: [] } },
      { message: { id: 'x', createdAt: 'never', attachments: [] } },
      ...[null, { parts: 2 }, { parts: -1 }, { parts: '1' }].map((attachment) => ({
        message: { id: 'x', createdAt, attachments: [attachment] },
      })),
    ];
    const chat = user.conversation(remoteId);
    const part = { type: 'text', text: 'Hi' };
    const stored = await chat.append(
      odd.map((assistantUi) => ({ role: 'user', content: [part], metadata: { assistantUi } })),
    );
    const call = { ...{ type: 'tool-call', toolCallId: 'c', toolName: 'f' }, messages: [{}] };
    const own = { message: { id: 'own', createdAt, attachments: [] } };
    const texting = { content: 'Hello', metadata: { assistantUi: own } };
    const [texted] = await chat.append({ role: 'user', ...texting });
    await chat.append({ role: 'assistant', content: [call], metadata: { assistantUi: own } });
    const { messages } = await threadHistory(user, () => thread).load();
    expect(messages).toMatchObject([
      ...stored.map(({ id }) => ({ message: { id, content: [part] } })),
      { message: { id: texted!.id, content: text('Hello') } },
      { message: { id: 'own', content: [call] } },
    ]);
    const kept = threadHistory(user, () => thread).withFormat({
      ...{ format: 'own/v1', encode: () => ({}), getId: () => '' },
      decode: () => ({ parentId: null, message: null }),
    });
    expect((await kept.load()).messages).toEqual([]);
  });

  it('only loads where the service runs the turns', async () => {
    const user = tk.user('ivy');
    const thread = threadOf(user, 'turns');
    const history = threadHistory(user, () => thread, { readOnly: true });
    await history.append({ parentId: null, message: says('q', 'Hi') });
    expect(await history.load()).toEqual({ messages: [] });
    expect(await user.conversations().toArray()).toEqual([]);
  });
});

describe('the history of a thread whose runtime has messages of its own', () => {
  interface UiMessage {
    id: string;
    role: string;
    parts: { type: string; text?: string }[];
    metadata?: unknown;
  }
  type Encoded = Record<string, unknown> & Omit<UiMessage, 'id'>;
  const aiSdk: MessageFormat<UiMessage, Encoded> = {
    format: 'ai-sdk/v6',
    encode: ({ message: { role, parts, metadata } }) => ({
      ...{ role, parts },
      ...(metadata !== undefined && { metadata }),
    }),
    decode: ({ id, parent_id: parentId, content }) => ({ parentId, message: { id, ...content } }),
    getId: ({ id }) => id,
  };
  const ui = (id: string, role: string, words: string): UiMessage => ({
    ...{ id, role },
    parts: text(words),
  });

  it('keeps messages of the AI SDK as such, with branches and updates', async () => {
    const user = tk.user('jack');
    const thread = threadOf(user, 'ui');
    const history = threadHistory(user, () => thread).withFormat(aiSdk);
    expect(await history.load()).toEqual({ messages: [] });
    const call = (state: object) => ({
      ...{ id: 'a1', role: 'assistant', metadata: { tokens: 3 } },
      parts: [{ type: 'tool-find', toolCallId: 'c1', input: {}, ...state }],
    });
    const question = { parentId: null, message: ui('q1', 'user', 'Find it') };
    const done = { parentId: 'q1', message: call({ state: 'output-available', output: 'here' }) };
    const other = { parentId: 'q1', message: ui('a2', 'assistant', 'No') };
    await history.append(question);
    await history.append({ parentId: 'q1', message: call({ state: 'input-available' }) });
    await history.update(done);
    await history.append(other);
    const loaded = { headId: 'a2', messages: [question, done, other] };
    expect(await history.load()).toEqual(loaded);
    const chat = user.conversation(thread.getState().remoteId!);
    expect(await chat.messagesAs('ai-sdk').toArray()).toEqual([question.message, other.message]);
  });

  it('shows what turns and other clients have stored as messages of the AI SDK', async () => {
    const user = tk.user('kim');
    const thread = threadOf(user, 'converted');
    const { remoteId } = await thread.initialize();
    const chat = user.conversation(remoteId);
    await chat.append([
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', content: [{ type: 'tool_call', id: 'c', name: 'w', arguments: {} }] },
      { role: 'tool', content: [{ type: 'tool_result', tool_call_id: 'c', content: 'sunny' }] },
    ]);
    const said = [{ type: 'output_text', text: 'Sunny.', annotations: [] }];
    const item = { type: 'message', id: 'msg_1', role: 'assistant', content: said };
    await chat.appendAs('openai-responses', [item]);
    const history = threadHistory(user, () => thread).withFormat(aiSdk);
    const [first, second] = (await history.load()).messages;
    expect(first).toMatchObject({ parentId: null, message: { role: 'user' } });
    expect(second).toMatchObject({
      parentId: first!.message.id,
      message: {
        role: 'assistant',
        parts: [
          { type: 'tool-w', state: 'output-available' },
          { type: 'step-start' },
          { type: 'text', text: 'Sunny.' },
        ],
      },
    });
    const thanks = { ...ui('a', 'user', 'Thanks'), metadata: { tokens: 1 } };
    await history.append({ parentId: second!.message.id, message: thanks });
    const after = await history.load();
    expect(after.messages).toEqual([
      ...[first, second],
      { parentId: second!.message.id, message: thanks },
    ]);
    expect(after.headId).toBe('a');
    expect((await chat.get()).headSeq).toBe(5);
    expect(await chat.messages().toArray()).toHaveLength(5);
  });

  describe('with messages of other clients', () => {
    const shownIn = async (chat: Conversation) =>
      (await chat.messagesAs<UiMessage>('ai-sdk').toArray()).map(({ parts }) => textIn(parts));
    const textIn = (parts: { text?: string }[]) => parts.map((part) => part.text).join('');
    const chatOf = async (user: User, name: string) => {
      const thread = threadOf(user, name);
      const { remoteId } = await thread.initialize();
      const history = () => threadHistory(user, () => thread).withFormat(aiSdk);
      return { chat: user.conversation(remoteId), history };
    };
    const QUESTIONS: NewMessage[] = [
      { role: 'user', content: 'q1' },
      { role: 'assistant', content: 'a1' },
      { role: 'user', content: 'q2' },
      { role: 'assistant', content: 'a2' },
    ];

    it('edits, regenerates and updates them', async () => {
      const { chat, history } = await chatOf(tk.user('nils'), 'edits');
      const stored = await chat.append(QUESTIONS);
      const page = history();
      const { headId, messages } = await page.load();
      expect(messages.map(({ message }) => message.id)).toEqual(stored.map(({ id }) => id));
      expect(headId).toBe(stored[3]!.id);
      await page.append({
        parentId: messages[2]!.message.id,
        message: ui('a3', 'assistant', 'a3'),
      });
      expect(await shownIn(chat)).toEqual(['q1', 'a1', 'q2', 'a3']);
      await page.append({ parentId: messages[1]!.message.id, message: ui('q3', 'user', 'q3') });
      expect(await shownIn(chat)).toEqual(['q1', 'a1', 'q3']);
      await chat.moveHead(stored[1]!.id);
      const again = history();
      const [question, answer] = (await again.load()).messages;
      const updated = ui(answer!.message.id, 'assistant', 'a1, updated');
      await again.update({ parentId: question!.message.id, message: updated });
      expect(await shownIn(chat)).toEqual(['q1', 'a1, updated']);
      expect((await history().load()).messages[1]).toEqual({
        parentId: question!.message.id,
        message: updated,
      });
    });

    it('tells them apart behind messages of its own, and edits the one that was meant', async () => {
      const { chat, history } = await chatOf(tk.user('olga'), 'mixed');
      await history().append({ parentId: null, message: ui('u1', 'user', 'q1') });
      const [first] = await chat.append({ role: 'assistant', content: 'a1' });
      const page = history();
      const { headId } = await page.load();
      await page.append({ parentId: headId!, message: ui('u2', 'user', 'q2') });
      const [second] = await chat.append({ role: 'assistant', content: 'a2' });
      const other = history();
      const loaded = await other.load();
      const ids = loaded.messages.map(({ message }) => message.id);
      expect(ids).toEqual(['u1', first!.id, 'u2', second!.id]);
      expect(loaded.messages.map(({ parentId }) => parentId)).toEqual([null, ...ids.slice(0, 3)]);
      await other.append({ parentId: first!.id, message: ui('u3', 'user', 'q2, edited') });
      expect(await shownIn(chat)).toEqual(['q1', 'a1', 'q2, edited']);
    });

    it('shows their texts where one of them has no place among messages of the AI SDK', async () => {
      const { chat, history } = await chatOf(tk.user('pia'), 'odd');
      const result = { type: 'tool_result', tool_use_id: 'c', content: 'r' };
      const stored = await chat.append([
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: [{ type: 'mystery', foo: 1 }] },
        {
          role: 'user',
          content: [{ type: 'text', text: 'a' }, result, { type: 'text', text: 'b' }],
        },
        { role: 'assistant', content: 'Bye', metadata: { id: 'same' } },
        { role: 'user', content: [{ type: 'text', text: 'c' }], metadata: { id: 'same' } },
        { role: 'user', content: [{ type: 'text', text: 'd' }], metadata: { id: 'same' } },
        { role: 'assistant', content: [{ type: 'mystery', foo: 1 }] },
      ]);
      const page = history();
      const { messages, headId } = await page.load();
      const [hello, , mixed, bye, , doubled, hidden] = stored.map(({ id }) => id);
      expect(messages.map(({ message }) => [message.id, textIn(message.parts)])).toEqual([
        ...[
          [hello, 'Hello'],
          [mixed, 'ab'],
          [bye, 'Bye'],
        ],
        ...[
          ['same', 'c'],
          [doubled, 'd'],
        ],
      ]);
      await page.append({ parentId: headId!, message: ui('n', 'user', 'Go on') });
      const [last] = (await chat.messages({ limit: 1 }).page()).data;
      expect(last).toMatchObject({ key: 'n', parentSeq: 7 });
      expect((await chat.message(hidden!)).seq).toBe(7);
    });

    it('matches them in all pages', async () => {
      const { chat, history } = await chatOf(tk.user('rolf'), 'long');
      const all = Array.from({ length: 60 }, () => QUESTIONS).flat();
      const stored = await chat.append(all);
      const { messages } = await history().load();
      expect(messages.map(({ message }) => message.id)).toEqual(stored.map(({ id }) => id));
    });
  });

  it('keeps messages of any other runtime', async () => {
    const user = tk.user('lea');
    const thread = threadOf(user, 'other');
    interface Own {
      key: string;
      role?: string;
      body: unknown[];
    }
    const format: MessageFormat<Own, Record<string, unknown>> = {
      format: 'own/v1',
      encode: ({ message }) => ({ ...message }),
      decode: ({ id, parent_id: parentId, content }) => ({
        parentId,
        message: { ...(content as unknown as Own), key: id },
      }),
      getId: ({ key }) => key,
    };
    const history = threadHistory(user, () => thread).withFormat(format);
    history.pin();
    const items = [
      { parentId: null, message: { key: '1', role: 'user', body: [1, { id: 'x' }] } },
      { parentId: '1', message: { key: '2', body: [] } },
    ];
    for (const item of items) await history.append(item);
    expect(await history.load()).toEqual({ headId: '2', messages: items });
  });
});
