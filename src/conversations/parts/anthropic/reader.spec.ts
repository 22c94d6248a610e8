import { describe, expect, it } from '@jest/globals';
import type { RawObject } from '../part.js';
import { readParts } from '../readers.js';
import { anthropicReader } from './reader.js';

const read = (raw: RawObject) => anthropicReader.readPart(raw, readParts);
const base64 = (mediaType: string, data: string) => ({
  type: 'base64',
  media_type: mediaType,
  data,
});
const serverResult = (type: string, content: unknown, more = {}) => ({
  type,
  tool_use_id: 'srvtoolu_1',
  content,
  ...more,
});

describe('blocks of Anthropic', () => {
  it.each<[string, RawObject, object[]]>([
    [
      'a text with citations',
      { type: 'text', text: 'a', citations: [{ type: 'char_location', cited_text: 'b' }] },
      [{ kind: 'text', text: 'a' }],
    ],
    [
      'an image in base64',
      { type: 'image', source: base64('image/png', 'AAAA') },
      [{ kind: 'image', mediaType: 'image/png', data: 'AAAA', url: null }],
    ],
    [
      'an image by its address',
      { type: 'image', source: { type: 'url', url: 'https://a.example/b.png' } },
      [{ kind: 'image', url: 'https://a.example/b.png', data: null }],
    ],
    [
      'an uploaded document',
      { type: 'document', source: { type: 'file', file_id: 'file_1' } },
      [{ kind: 'file', fileId: 'file_1' }],
    ],
    [
      'a PDF with a title',
      { type: 'document', title: 'Plan', source: base64('application/pdf', 'AAAA') },
      [{ kind: 'file', name: 'Plan', mediaType: 'application/pdf', data: 'AAAA', text: null }],
    ],
    [
      'a document of plain text',
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'words' } },
      [{ kind: 'file', text: 'words', data: null }],
    ],
    [
      'a document of blocks',
      {
        type: 'document',
        source: {
          type: 'content',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
      },
      [{ kind: 'file', text: 'a\nb' }],
    ],
    [
      'a search result',
      {
        type: 'search_result',
        source: 'https://a.example',
        title: 'A',
        content: [{ type: 'text', text: 'found' }],
      },
      [{ kind: 'source', url: 'https://a.example', title: 'A', text: 'found' }],
    ],
    [
      'signed thinking',
      { type: 'thinking', thinking: 'hm', signature: 'sig' },
      [{ kind: 'reasoning', text: 'hm', signedBy: 'anthropic', signature: 'sig' }],
    ],
    [
      'thinking without a signature, which is nobody’s',
      { type: 'thinking', thinking: 'hm', signature: '' },
      [{ kind: 'reasoning', signedBy: null, signature: null }],
    ],
    [
      'redacted thinking',
      { type: 'redacted_thinking', data: 'secret' },
      [{ kind: 'reasoning', text: '', signedBy: 'anthropic', encrypted: 'secret' }],
    ],
    [
      'a tool use',
      { type: 'tool_use', id: 't1', name: 'shot', input: { a: 1 } },
      [{ kind: 'tool-call', callId: 't1', name: 'shot', input: { a: 1 } }],
    ],
    [
      'a tool result with an image inside',
      {
        type: 'tool_result',
        tool_use_id: 't1',
        is_error: true,
        content: [
          { type: 'text', text: 'a' },
          { type: 'image', source: base64('image/png', 'AAAA') },
        ],
      },
      [
        {
          kind: 'tool-result',
          callId: 't1',
          isError: true,
          output: [{ kind: 'text', text: 'a' }, { kind: 'image' }],
        },
      ],
    ],
    [
      'a tool result without content',
      { type: 'tool_result', tool_use_id: 't1' },
      [{ kind: 'tool-result', output: [], isError: false }],
    ],
    [
      'a call of a server tool',
      { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'q' } },
      [{ kind: 'server-tool-call', name: 'web_search', input: { query: 'q' } }],
    ],
    [
      'a call of an MCP server',
      { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'find', server_name: 's', input: {} },
      [{ kind: 'server-tool-call', callId: 'mcptoolu_1', name: 'find' }],
    ],
    [
      'found web pages',
      serverResult('web_search_tool_result', [
        { type: 'web_search_result', url: 'https://a.example', title: 'A', encrypted_content: 'x' },
      ]),
      [
        {
          kind: 'server-tool-result',
          callId: 'srvtoolu_1',
          name: 'web_search',
          output: [{ kind: 'source', url: 'https://a.example', title: 'A' }],
        },
      ],
    ],
    [
      'an error of a server tool',
      serverResult('web_search_tool_result', {
        type: 'web_search_tool_result_error',
        error_code: 'max_uses_exceeded',
      }),
      [{ isError: true, output: [{ kind: 'text', text: 'max_uses_exceeded' }] }],
    ],
    [
      'a fetched page of text',
      serverResult('web_fetch_tool_result', {
        type: 'web_fetch_result',
        url: 'https://a.example',
        content: {
          type: 'document',
          title: 'A',
          source: { type: 'text', media_type: 'text/plain', data: 'words' },
        },
      }),
      [{ output: [{ kind: 'source', url: 'https://a.example', title: 'A', text: 'words' }] }],
    ],
    [
      'a fetched PDF',
      serverResult('web_fetch_tool_result', {
        type: 'web_fetch_result',
        url: 'https://a.example/b.pdf',
        content: { type: 'document', source: base64('application/pdf', 'AAAA') },
      }),
      [{ output: [{ kind: 'source' }, { kind: 'file', data: 'AAAA' }] }],
    ],
    [
      'the output of code',
      serverResult('bash_code_execution_tool_result', {
        type: 'bash_code_execution_result',
        stdout: 'out',
        stderr: 'err',
        return_code: 0,
        content: [],
      }),
      [{ name: 'bash_code_execution', output: [{ kind: 'text', text: 'out\nerr' }] }],
    ],
    [
      'a result of an MCP server as a text',
      serverResult('mcp_tool_result', 'said', { is_error: true }),
      [{ name: 'mcp', isError: true, output: [{ kind: 'text', text: 'said' }] }],
    ],
    [
      'a compaction, whose words can be searched for',
      { type: 'compaction', content: 'summary' },
      [{ kind: 'other', text: 'summary' }],
    ],
    [
      'a container upload',
      { type: 'container_upload', file_id: 'file_1' },
      [{ kind: 'other', text: '' }],
    ],
    [
      'a reference to a tool',
      { type: 'tool_reference', tool_name: 'find' },
      [{ kind: 'other', text: 'find' }],
    ],
  ])('reads %s', (_, raw, expected) => {
    const parts = read(raw);
    expect(parts).toMatchObject(expected);
    expect(parts?.[0]).toMatchObject({ dialect: 'anthropic', original: raw });
  });

  it.each<[string, RawObject]>([
    ['a type of nobody', { type: 'novel' }],
    ['no type', { text: 'a' }],
    ['a plain text, which is of all dialects', { type: 'text', text: 'a' }],
    ['an image of the AI SDK', { type: 'image', image: 'AAAA' }],
    ['a call without a name', { type: 'tool_use', id: 't1' }],
    ['a result of no call', { type: 'tool_result', content: 'a' }],
  ])('leaves to others: %s', (_, raw) => {
    expect(read(raw)).toBeNull();
  });

  it.each<[string, RawObject]>([
    ['a result', { type: 'tool_result', tool_use_id: 't', content: { a: [null, 1] } }],
    ['a server result', serverResult('web_search_tool_result', [null, 1, 'a'])],
    ['a source', { type: 'document', source: { type: 'content', content: [null, { text: 1 }] } }],
    ['a search result', { type: 'search_result', content: 7 }],
  ])('reads odd fields of %s without throwing', (_, raw) => {
    expect(read(raw)).toHaveLength(1);
  });
});

describe('messages of Anthropic', () => {
  const answer = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [{ type: 'text', text: 'a', citations: null }],
    stop_reason: 'end_turn',
    usage: { output_tokens: 1 },
  };

  it('keeps what stands beside the content of an answer', () => {
    const { id, model, stop_reason, usage } = answer;
    expect(anthropicReader.readMessage(answer)).toEqual({
      role: 'assistant',
      content: answer.content,
      metadata: { id, model, stop_reason, usage },
    });
  });

  it('reads an answer without content', () => {
    expect(anthropicReader.readMessage({ ...answer, content: [] })?.content).toEqual([]);
  });

  it.each<[string, RawObject]>([
    ['a message of Responses', { type: 'message', role: 'assistant', content: [] }],
    ['another role', { ...answer, role: 'system' }],
    ['content that is no list', { ...answer, content: 'a' }],
  ])('leaves to others: %s', (_, raw) => {
    expect(anthropicReader.readMessage(raw)).toBeNull();
  });

  it('gives back a message of a user and none of a tool', () => {
    const { restoreMessage } = anthropicReader;
    expect(restoreMessage({ role: 'user', content: 'a', metadata: null })).toEqual({
      role: 'user',
      content: 'a',
    });
    expect(restoreMessage({ role: 'tool', content: 'a', metadata: null })).toBeNull();
  });
});
