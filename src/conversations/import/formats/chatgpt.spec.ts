import { describe, expect, it } from '@jest/globals';
import { pathIn, readAll, readConversation } from '../../../../test/support/read-source.js';

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
/** The texts of the branch that is shown. */
function textsOf(value: object): unknown[] {
  const { messages, headSeq } = read(value);
  return pathIn(messages, headSeq).map(({ content }) => content);
}

describe('the ChatGPT import format', () => {
  it('imports all branches, shows the last displayed one and counts the messages of the others', () => {
    expect(readConversation(conversation, '')).toEqual({
      kind: 'conversation',
      name: 'Trees',
      warnings: [],
      body: {
        importKey: 'chatgpt:c-1',
        title: 'Trees',
        createdAt: at(0),
        updatedAt: at(60),
        metadata: { source: 'chatgpt', otherBranches: 1 },
        headSeq: 4,
        messages: [
          { role: 'user', content: 'q1', createdAt: at(0), metadata: { messageId: 'q1' } },
          {
            role: 'assistant',
            content: 'first try',
            createdAt: at(5),
            metadata: { messageId: 'a1' },
          },
          {
            role: 'assistant',
            content: 'second try',
            createdAt: at(10),
            parentSeq: 1,
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
    expect(pathIn(body.messages, body['headSeq']).map(({ content }) => content)).toEqual([
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
    // The tree loses its first question: both answers begin a branch.
    const { messages } = read({ ...conversation, mapping: { ...mapping, ...nobody } });
    expect(messages).toMatchObject([{ content: 'q1' }, { content: 'first try' }, {}, {}]);
  });

  it('leaves out an invalid time', () => {
    expect(read({ ...conversation, create_time: 1e300 })).not.toHaveProperty('createdAt');
  });

  it('keeps that a conversation is archived, and of which GPT, project and model it is', () => {
    const fields = {
      is_archived: true,
      gizmo_id: 'g-1',
      conversation_template_id: 'g-p-1',
      default_model_slug: 'model-2',
      is_starred: true,
      voice: 'cove',
    };
    expect(read({ ...conversation, ...fields })).toMatchObject({
      status: 'archived',
      metadata: {
        gizmoId: 'g-1',
        projectId: 'g-p-1',
        defaultModel: 'model-2',
        isStarred: true,
        voice: 'cove',
      },
    });
  });

  it('reads what is sent to a tool as a call, and what the tool says as its result', () => {
    const tools = {
      ...node('c1', null, 'assistant', '', {
        recipient: 'python',
        content: { content_type: 'code', language: 'python', text: 'print(1)' },
      }),
      ...node('c2', 'c1', 'assistant', '{"query":"a"}', { recipient: 'web.search' }),
      ...node('r1', 'c2', 'tool', '', {
        author: { role: 'tool', name: 'python' },
        content: { content_type: 'execution_output', text: '1' },
      }),
      ...node('r2', 'r1', 'tool', 'found', { author: { role: 'tool', name: 'web.run' } }),
      ...node('a', 'r2', 'assistant', 'Done.', { recipient: 'all' }),
    };
    const { messages } = read({ ...conversation, mapping: tools, current_node: 'a' });
    expect((messages as { content: unknown }[]).map(({ content }) => content)).toEqual([
      [{ type: 'tool_call', id: 'c1', name: 'python', input: 'print(1)', language: 'python' }],
      [{ type: 'tool_call', id: 'c2', name: 'web.search', input: { query: 'a' } }],
      [
        {
          type: 'tool_result',
          tool_call_id: 'c1',
          name: 'python',
          content: [{ type: 'execution_output', text: '1' }],
        },
      ],
      [{ type: 'tool_result', tool_call_id: 'c2', name: 'web.run', content: 'found' }],
      'Done.',
    ]);
    expect(messages).toMatchObject([{ metadata: { recipient: 'python' } }, {}, {}, {}, {}]);
  });

  it('keeps attachments, sources, and whether a message was hidden or cut off', () => {
    const metadata = {
      attachments: [{ id: 'f1', name: 'a.csv' }],
      is_visually_hidden_from_conversation: true,
      finish_details: { type: 'interrupted' },
      content_references: [
        {
          matched_text: 'cite',
          type: 'webpage',
          snippet: 'x',
          items: [{ title: 'T', url: 'u', x: 1 }],
        },
      ],
      citations: [{ start_ix: 1, end_ix: 5, metadata: { title: 'C', url: 'v', text: 'long' } }],
      aggregate_result: { code: 'x' },
    };
    const odd = node('q', null, 'user', 'hello', { metadata, status: 'in_progress', weight: 0 });
    const { messages } = read({ ...conversation, mapping: odd, current_node: 'q' });
    expect((messages as { metadata: unknown }[])[0]!.metadata).toEqual({
      messageId: 'q',
      status: 'in_progress',
      weight: 0,
      is_visually_hidden_from_conversation: true,
      finish_details: { type: 'interrupted' },
      attachments: [{ id: 'f1', name: 'a.csv' }],
      content_references: [
        { matched_text: 'cite', type: 'webpage', items: [{ title: 'T', url: 'u' }] },
      ],
      citations: [{ start_ix: 1, end_ix: 5, title: 'C', url: 'v' }],
    });
  });

  it('answers calls of the same branch only', () => {
    const call = { recipient: 'python' };
    const result = { author: { role: 'tool', name: 'python' } };
    const tools = {
      ...node('q', null, 'user'),
      ...node('c1', 'q', 'assistant', '1', { ...call, create_time: TIME + 1 }),
      ...node('c2', 'q', 'assistant', '2', { ...call, create_time: TIME + 2 }),
      ...node('r1', 'c1', 'tool', 'one', { ...result, create_time: TIME + 3 }),
      ...node('r2', 'c2', 'tool', 'two', { ...result, create_time: TIME + 4 }),
      ...node('r0', 'q', 'tool', 'none', { ...result, create_time: TIME + 5 }),
    };
    const { messages } = read({ ...conversation, mapping: tools, current_node: 'r2' });
    expect(messages).toMatchObject([
      { content: 'q' },
      { content: [{ id: 'c1' }] },
      { content: [{ id: 'c2' }], parentSeq: 1 },
      { content: [{ tool_call_id: 'c1', content: 'one' }], parentSeq: 2 },
      { content: [{ tool_call_id: 'c2', content: 'two' }], parentSeq: 3 },
      { content: 'none', parentSeq: 1 },
    ]);
  });

  it('offers what ChatGPT remembered as memories', () => {
    const context = node('k', null, 'system', '', {
      content: {
        content_type: 'model_editable_context',
        model_set_context: '1. [2024-05-01]. Likes tea.\n\n2. Has a cat.',
      },
    });
    const memories = readAll({ ...conversation, mapping: context, current_node: 'k' }).slice(1);
    expect(memories).toMatchObject([
      { kind: 'memory', isOffered: true, body: { content: 'Likes tea.', validFrom: '2024-05-01' } },
      { kind: 'memory', isOffered: true, body: { content: 'Has a cat.' } },
    ]);
  });
});
