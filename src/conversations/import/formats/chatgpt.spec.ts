import { describe, expect, it } from '@jest/globals';
import { readConversation } from './index.js';

const TIME = 1_700_000_000.25;
const at = (seconds: number) => new Date((TIME + seconds) * 1000).toISOString();

function node(id: string, parent: string | null, role?: string, text = id, more: object = {}) {
  const message = role
    ? {
        id,
        author: { role },
        create_time: TIME,
        content: { content_type: 'text', parts: [text] },
        ...more,
      }
    : null;
  return { [id]: { id, parent, children: [], message } };
}

/** root - system (empty) - q1 - a1 (an earlier answer), and q1 - a2 - q2, which was seen last. */
const mapping = {
  ...node('root', null),
  ...node('system', 'root', 'system', ''),
  ...node('q1', 'system', 'user'),
  ...node('a1', 'q1', 'assistant', 'first try', { create_time: TIME + 5 }),
  ...node('a2', 'q1', 'assistant', 'second try', {
    create_time: TIME + 10,
    metadata: { model_slug: 'model-1' },
  }),
  ...node('q2', 'a2', 'user', 'thanks', { create_time: null }),
};
const conversation = {
  title: 'Trees',
  create_time: TIME,
  update_time: TIME + 60,
  mapping,
  current_node: 'q2',
  conversation_id: 'c-1',
  id: 'other',
};

const read = (value: object) => readConversation(value, JSON.stringify(value)).body;
const textsOf = (value: object) =>
  (read(value).messages as { content: unknown }[]).map(({ content }) => content);

describe('the ChatGPT import format', () => {
  it('imports the last displayed branch and counts the messages of the others', () => {
    expect(readConversation(conversation, '')).toEqual({
      name: 'Trees',
      body: {
        importKey: 'chatgpt:c-1',
        title: 'Trees',
        createdAt: at(0),
        metadata: { source: 'chatgpt', otherBranches: 1 },
        messages: [
          { role: 'user', content: 'q1', createdAt: at(0), metadata: { messageId: 'q1' } },
          {
            role: 'assistant',
            content: 'second try',
            createdAt: at(10),
            metadata: { messageId: 'a2', model: 'model-1' },
          },
          { role: 'user', content: 'thanks', metadata: { messageId: 'q2' } },
        ],
      },
    });
  });

  it('keeps tool messages, tool names and non-empty system messages', () => {
    const tools = {
      ...node('s', null, 'system', 'be brief'),
      ...node('t', 's', 'tool', 'ok', { author: { role: 'tool', name: 'python' }, metadata: null }),
    };
    expect(read({ ...conversation, mapping: tools, current_node: 't' }).messages).toMatchObject([
      { role: 'system', content: 'be brief' },
      { role: 'tool', content: 'ok', metadata: { messageId: 't', name: 'python' } },
    ]);
  });

  it.each([
    ['is missing', undefined],
    ['is not in the tree', 'gone'],
    ['is no id', 7],
  ])('uses the newest leaf when current_node %s', (_, current) => {
    expect(textsOf({ ...conversation, current_node: current })).toEqual(['q1', 'first try']);
  });

  it('starts the branch below a missing parent', () => {
    const torn = { ...node('q', 'gone', 'user'), ...node('a', 'q', 'assistant') };
    expect(textsOf({ ...conversation, mapping: torn, current_node: 'a' })).toEqual(['q', 'a']);
  });

  it('reads each message of a cycle once', () => {
    const circle = { ...node('q', 'a', 'user'), ...node('a', 'q', 'assistant') };
    expect(textsOf({ ...conversation, mapping: circle, current_node: 'a' })).toEqual(['q', 'a']);
    expect(textsOf({ ...conversation, mapping: circle, current_node: undefined })).toHaveLength(2);
  });

  it('reads a conversation of many messages', () => {
    const long = Object.assign(
      {},
      ...Array.from({ length: 10_000 }, (_, i) =>
        node(`n${i}`, i === 0 ? null : `n${i - 1}`, 'user'),
      ),
    ) as object;
    expect(textsOf({ ...conversation, mapping: long, current_node: 'n9999' })).toHaveLength(10_000);
  });

  it('reads an empty or invalid tree as a conversation without messages', () => {
    expect(textsOf({ ...conversation, mapping: {} })).toEqual([]);
    expect(textsOf({ ...conversation, mapping: { root: null, q: 'text' } })).toEqual([]);
  });

  it('uses conversation_id, then id, then the hash of the text as import key', () => {
    expect(read({ ...conversation, conversation_id: undefined }).importKey).toBe('chatgpt:other');
    const nameless = { mapping: {} };
    expect(read(nameless).importKey).toMatch(/^chatgpt:sha256:[0-9a-f]{64}$/);
    expect(readConversation(nameless, '').name).toBe('untitled');
    expect(readConversation({ ...nameless, id: 'c-9' }, '').name).toBe('c-9');
  });

  it('leaves out a message without an author, with a warning', () => {
    const odd = { ...mapping, ...node('a2', 'q1', 'assistant', 'hm', { author: {} }) };
    const { body, warnings } = readConversation({ ...conversation, mapping: odd }, '');
    expect((body.messages as { content: unknown }[]).map(({ content }) => content)).toEqual([
      'q1',
      'thanks',
    ]);
    expect(warnings).toEqual(['message a2 does not say whose it is, and is left out']);
  });

  it('refuses a conversation in which no message has an author', () => {
    const nobody = node('q', null, 'user', 'hello', { author: null });
    expect(() => read({ ...conversation, mapping: nobody })).toThrow(
      'message q does not say whose it is',
    );
    const nameless = node('q', null, 'user', 'hello', { author: { role: null } });
    expect(() => read({ ...conversation, mapping: nameless })).toThrow(
      'message q does not say whose it is',
    );
    expect(textsOf({ ...conversation, mapping: { ...mapping, ...nobody } })).toEqual([
      'q1',
      'second try',
      'thanks',
    ]);
  });

  it('refuses an invalid time', () => {
    expect(() => read({ ...conversation, create_time: 1e300 })).toThrow('1e+300 is not a time');
  });
});
