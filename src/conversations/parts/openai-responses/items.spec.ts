import { describe, expect, it } from '@jest/globals';
import { readExactly, writeJson } from '../../../platform/input/exact-json.js';
import { convertMessages } from '../convert.js';
import type { RawObject } from '../part.js';
import { readParts } from '../readers.js';
import { contentWords, messageWords, partsOf } from '../stored-parts.js';
import { fromStoredText, toStoredText } from '../stored-text.js';
import { openAiResponsesReader } from './reader.js';

const png = 'iVBORw0KGgo=';
const dataUrl = `data:image/png;base64,${png}`;

/** Items as the API, Python and JavaScript have them, with what they are read to. */
const ITEMS: [string, RawObject, object][] = [
  [
    'function_call',
    { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'w', arguments: '{"a":1}' },
    { kind: 'tool-call', callId: 'c1', name: 'w', input: '{"a":1}' },
  ],
  [
    'function_call of JavaScript',
    {
      ...{ type: 'function_call', id: 'fc_1', callId: 'c1', name: 'w', arguments: '{}' },
      ...{ status: 'completed', namespace: 'sky', providerData: { id: 'fc_1' } },
    },
    { kind: 'tool-call', callId: 'c1', name: 'w', input: '{}' },
  ],
  [
    'function_call_output',
    { type: 'function_call_output', call_id: 'c1', output: 'rain' },
    { kind: 'tool-result', callId: 'c1', output: [{ text: 'rain' }], isError: false },
  ],
  [
    'function_call_output with an image',
    {
      type: 'function_call_output',
      call_id: 'c1',
      output: [
        { type: 'input_text', text: 'rain' },
        { type: 'input_image', image_url: dataUrl },
      ],
    },
    { kind: 'tool-result', output: [{ text: 'rain' }, { kind: 'image', data: png }] },
  ],
  [
    'function_call_result',
    {
      ...{ type: 'function_call_result', callId: 'c1', name: 'w', status: 'completed' },
      output: { type: 'text', text: 'rain' },
    },
    { kind: 'tool-result', callId: 'c1', name: 'w', output: [{ text: 'rain' }] },
  ],
  [
    'function_call_result with a file',
    {
      ...{ type: 'function_call_result', callId: 'c1', name: 'w', status: 'completed' },
      output: { type: 'file', file: { data: 'YQ==', mediaType: 'text/csv', filename: 'a.csv' } },
    },
    { kind: 'tool-result', output: [{ kind: 'file', data: 'YQ==', name: 'a.csv' }] },
  ],
  [
    'custom_tool_call',
    { type: 'custom_tool_call', call_id: 'c1', name: 'shell', input: 'ls' },
    { kind: 'tool-call', callId: 'c1', name: 'shell', input: 'ls' },
  ],
  [
    'custom_tool_call_output',
    { type: 'custom_tool_call_output', call_id: 'c1', output: 'a.txt' },
    { kind: 'tool-result', callId: 'c1', output: [{ text: 'a.txt' }] },
  ],
  [
    'computer_call',
    { type: 'computer_call', id: 'cu_1', call_id: 'c1', action: { type: 'screenshot' } },
    { kind: 'tool-call', callId: 'c1', name: 'computer', input: { type: 'screenshot' } },
  ],
  [
    'computer_call with several actions',
    {
      ...{ type: 'computer_call', callId: 'c1', status: 'completed' },
      action: { type: 'wait' },
      actions: [{ type: 'wait' }, { type: 'type', text: 'rain' }],
    },
    {
      kind: 'tool-call',
      name: 'computer',
      input: { actions: [{ type: 'wait' }, { type: 'type', text: 'rain' }] },
    },
  ],
  [
    'computer_call_output',
    {
      type: 'computer_call_output',
      call_id: 'c1',
      output: { type: 'computer_screenshot', image_url: dataUrl },
    },
    { kind: 'tool-result', callId: 'c1', output: [{ kind: 'image', data: png }] },
  ],
  [
    'computer_call_result',
    {
      type: 'computer_call_result',
      callId: 'c1',
      output: { type: 'computer_screenshot', data: png },
    },
    { kind: 'tool-result', callId: 'c1', output: [{ kind: 'image', data: png }] },
  ],
  [
    'shell_call',
    { type: 'shell_call', callId: 'c1', action: { commands: ['ls'], timeoutMs: 1 } },
    { kind: 'tool-call', callId: 'c1', name: 'shell', input: { commands: ['ls'], timeoutMs: 1 } },
  ],
  [
    'shell_call_output',
    {
      type: 'shell_call_output',
      callId: 'c1',
      output: [
        { stdout: 'a.txt', stderr: '', outcome: { type: 'exit', exitCode: 0 } },
        { stdout: '', stderr: 'no', outcome: { type: 'timeout' } },
      ],
    },
    { kind: 'tool-result', callId: 'c1', output: [{ text: 'a.txt\nno' }] },
  ],
  [
    'local_shell_call',
    { type: 'local_shell_call', id: 'lsh_1', call_id: 'c1', action: { command: ['ls'] } },
    { kind: 'tool-call', callId: 'c1', name: 'local_shell', input: { command: ['ls'] } },
  ],
  [
    'local_shell_call_output',
    { type: 'local_shell_call_output', id: 'c1', output: 'a.txt' },
    { kind: 'tool-result', callId: 'c1', output: [{ text: 'a.txt' }] },
  ],
  [
    'apply_patch_call',
    {
      ...{ type: 'apply_patch_call', callId: 'c1', status: 'completed' },
      operation: { type: 'create_file', path: 'a.txt', diff: '+rain' },
    },
    { kind: 'tool-call', name: 'apply_patch', input: { path: 'a.txt', diff: '+rain' } },
  ],
  [
    'apply_patch_call_output',
    { type: 'apply_patch_call_output', callId: 'c1', status: 'failed', output: 'no such file' },
    { kind: 'tool-result', isError: true, output: [{ text: 'no such file' }] },
  ],
  [
    'tool_search_call',
    { type: 'tool_search_call', call_id: 'c1', arguments: { query: 'rain' } },
    { kind: 'tool-call', name: 'tool_search', input: { query: 'rain' } },
  ],
  [
    'tool_search_output',
    {
      type: 'tool_search_output',
      call_id: 'c1',
      tools: [{ type: 'function', name: 'weather' }],
    },
    { kind: 'tool-result', output: [{ text: '[{"type":"function","name":"weather"}]' }] },
  ],
  [
    'reasoning',
    {
      type: 'reasoning',
      id: 'rs_1',
      summary: [{ type: 'summary_text', text: 'Hm.' }],
      content: [{ type: 'reasoning_text', text: 'Rain?' }],
      encrypted_content: 'secret',
    },
    {
      kind: 'reasoning',
      text: 'Hm.\nRain?',
      signedBy: 'openai-responses',
      encrypted: 'secret',
    },
  ],
  [
    'reasoning of JavaScript',
    {
      type: 'reasoning',
      id: 'rs_1',
      content: [{ type: 'input_text', text: 'Hm.' }],
      rawContent: [{ type: 'reasoning_text', text: 'Rain?' }],
      providerData: { encrypted_content: 'secret' },
    },
    { kind: 'reasoning', text: 'Hm.\nRain?', signedBy: 'openai-responses', encrypted: 'secret' },
  ],
  [
    'reasoning of a chat server in JavaScript, without an id',
    {
      type: 'reasoning',
      content: [],
      rawContent: [{ type: 'reasoning_text', text: 'Rain?' }],
    },
    { kind: 'reasoning', text: 'Rain?', signedBy: null },
  ],
  [
    'web_search_call',
    {
      type: 'web_search_call',
      id: 'ws_1',
      status: 'completed',
      action: {
        ...{ type: 'search', query: 'rain', queries: ['rain', 'rain Oslo'] },
        sources: [{ type: 'url', url: 'https://example.com' }],
      },
    },
    {
      kind: 'server-tool-result',
      name: 'web_search',
      output: [{ text: 'rain\nrain Oslo\nhttps://example.com' }],
    },
  ],
  [
    'web_search_call that looks on a page',
    {
      type: 'web_search_call',
      id: 'ws_1',
      action: { type: 'find_in_page', url: 'https://example.com', pattern: 'rain' },
    },
    { kind: 'server-tool-result', output: [{ text: 'https://example.com\nrain' }] },
  ],
  [
    'file_search_call',
    {
      ...{ type: 'file_search_call', id: 'fs_1', status: 'completed', queries: ['rain'] },
      results: [{ file_id: 'f1', filename: 'a.txt', text: 'It rains.', score: 0.5 }],
    },
    { kind: 'server-tool-result', output: [{ text: 'rain\na.txt\nIt rains.' }] },
  ],
  [
    'code_interpreter_call',
    {
      ...{ type: 'code_interpreter_call', id: 'ci_1', container_id: 'cntr_1', code: 'plot()' },
      outputs: [
        { type: 'logs', logs: 'done' },
        { type: 'image', url: dataUrl },
      ],
    },
    {
      kind: 'server-tool-result',
      name: 'code_interpreter',
      output: [{ text: 'plot()\ndone' }, { kind: 'image', data: png, mediaType: 'image/png' }],
    },
  ],
  [
    'image_generation_call',
    { type: 'image_generation_call', id: 'ig_1', result: 'UklGRg==', output_format: 'webp' },
    {
      kind: 'server-tool-result',
      name: 'image_generation',
      output: [{ kind: 'image', data: 'UklGRg==', mediaType: 'image/webp' }],
    },
  ],
  [
    'image_generation_call that failed',
    { type: 'image_generation_call', id: 'ig_1', status: 'failed', result: null },
    { kind: 'server-tool-result', output: [], isError: true },
  ],
  [
    'mcp_call',
    {
      ...{ type: 'mcp_call', id: 'mcp_1', name: 'weather', server_label: 'sky' },
      ...{ arguments: '{"city":"Oslo"}', output: 'rain', error: null },
    },
    {
      kind: 'server-tool-result',
      name: 'weather',
      output: [{ text: '{"city":"Oslo"}' }, { text: 'rain' }],
      isError: false,
    },
  ],
  [
    'mcp_call that failed',
    {
      ...{ type: 'mcp_call', id: 'mcp_1', name: 'weather', server_label: 'sky', arguments: '' },
      error: { type: 'http_error', code: 500, message: 'no answer' },
    },
    {
      kind: 'server-tool-result',
      output: [{ text: '{"type":"http_error","code":500,"message":"no answer"}' }],
      isError: true,
    },
  ],
  [
    'program',
    { type: 'program', id: 'p_1', call_id: 'c1', code: 'search()', fingerprint: 'f' },
    { kind: 'server-tool-result', name: 'program', output: [{ text: 'search()' }] },
  ],
  [
    'program_output',
    { type: 'program_output', id: 'po_1', call_id: 'c1', result: 'rain', status: 'completed' },
    { kind: 'server-tool-result', name: 'program_output', output: [{ text: 'rain' }] },
  ],
  [
    'program_output of JavaScript',
    { type: 'program_output', callId: 'c1', output: 'rain', status: 'completed' },
    { kind: 'server-tool-result', output: [{ text: 'rain' }] },
  ],
  [
    'hosted_tool_call of a search',
    {
      ...{ type: 'hosted_tool_call', id: 'ws_1', name: 'web_search_call', status: 'completed' },
      providerData: { type: 'web_search_call', action: { type: 'search', query: 'rain' } },
    },
    { kind: 'server-tool-result', name: 'web_search', output: [{ text: 'rain' }] },
  ],
  [
    'hosted_tool_call of code',
    {
      ...{ type: 'hosted_tool_call', id: 'ci_1', name: 'code_interpreter_call' },
      providerData: {
        ...{ type: 'code_interpreter_call', code: 'print(1)', container_id: 'cntr_1' },
        outputs: [{ type: 'logs', logs: '1' }],
      },
    },
    { kind: 'server-tool-result', name: 'code_interpreter', output: [{ text: 'print(1)\n1' }] },
  ],
  [
    'hosted_tool_call that made an image',
    {
      ...{ type: 'hosted_tool_call', id: 'ig_1', name: 'image_generation_call', output: png },
      providerData: { type: 'image_generation_call', output_format: 'png' },
    },
    {
      kind: 'server-tool-result',
      name: 'image_generation',
      output: [{ kind: 'image', data: png, mediaType: 'image/png' }],
    },
  ],
  [
    'hosted_tool_call of an MCP server',
    {
      ...{ type: 'hosted_tool_call', id: 'mcp_1', name: 'mcp_call', output: 'rain' },
      providerData: { type: 'mcp_call', name: 'weather', arguments: '{}', server_label: 'sky' },
    },
    { kind: 'server-tool-result', name: 'weather', output: [{ text: '{}' }, { text: 'rain' }] },
  ],
  [
    'hosted_tool_call that asks for an approval',
    {
      ...{ type: 'hosted_tool_call', id: 'mcpr_1', name: 'mcp_approval_request' },
      providerData: { type: 'mcp_approval_request', name: 'weather', arguments: '{}' },
    },
    { kind: 'other' },
  ],
  [
    'hosted_tool_call without the item of the API',
    { type: 'hosted_tool_call', name: 'file_search_call', status: 'completed', output: 'rain' },
    { kind: 'server-tool-result', name: 'file_search', output: [{ text: 'rain' }] },
  ],
  ...[
    { type: 'mcp_list_tools', id: 'mcpl_1', server_label: 'sky', tools: [{ name: 'w' }] },
    { type: 'mcp_approval_request', id: 'mcpr_1', name: 'w', server_label: 'sky', arguments: '' },
    { type: 'mcp_approval_response', approval_request_id: 'mcpr_1', approve: true },
    { type: 'compaction', id: 'cmp_1', encrypted_content: 'secret', created_by: 'sdk' },
    { type: 'compaction_trigger' },
    { type: 'item_reference', id: 'rs_1' },
    { type: 'additional_tools', role: 'developer', tools: [] },
    { type: 'unknown', id: 'x_1', providerData: { type: 'novel', text: 'a' } },
    { type: 'unknown' },
  ].map((raw): [string, RawObject, object] => [raw.type, raw, { kind: 'other' }]),
];

describe('items of the Responses API and of the Agents SDK', () => {
  it.each(ITEMS)('%s: is read to its meaning', (_, raw, expected) => {
    expect(readParts([raw])).toMatchObject([
      { ...expected, dialect: 'openai-responses', original: raw },
    ]);
  });

  it.each(ITEMS)('%s: is a message of its own, and is given back as it was', (_, raw) => {
    const sent = writeJson(raw);
    const stored = openAiResponsesReader.readMessage(readExactly(sent) as RawObject)!;
    const content = fromStoredText(toStoredText(stored.content as RawObject[]));
    expect(writeJson(openAiResponsesReader.restoreMessage({ ...stored, content }))).toBe(sent);
    const { messages, omitted } = convertMessages([{ ...stored, seq: 1 }], 'openai-agents');
    expect([messages, omitted]).toEqual([[raw], []]);
  });

  it.each(ITEMS)('%s: costs no tokens for base64, ids and types', (_, raw) => {
    const stored = openAiResponsesReader.readMessage(raw)!;
    const words = messageWords(stored);
    expect(words).not.toMatch(new RegExp(`${png}|UklGRg|YQ==|secret|_1\\b|_call`));
    expect(contentWords(stored.content)).not.toContain(png);
  });

  it.each(ITEMS)('%s: is the assistant’s, or a result', (_, raw) => {
    const stored = openAiResponsesReader.readMessage(raw)!;
    const isResult = partsOf(stored).some(({ kind }) => kind === 'tool-result');
    expect(stored.role).toBe(isResult ? 'tool' : 'assistant');
  });
});
