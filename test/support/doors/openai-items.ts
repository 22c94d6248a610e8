// Items of each kind, in the names of OpenAI's API and in those of the Agents SDK.
import type { Raw } from './form.js';

export interface ItemPair {
  api: Raw;
  sdk: Raw;
}

const pngData = 'iVBORw0KGgo=';
const caller = { type: 'program', caller_id: 'prog_1' };
const sdkCaller = { type: 'program', callerId: 'prog_1' };

/** Tools that OpenAI runs: the SDK has the item of the API inside, without its status and output. */
function hosted(api: Raw, output?: 'result' | 'output'): ItemPair {
  const { status, ...beside } = api;
  const providerData: Raw = { ...beside, ...(api['type'] === 'mcp_call' && { status }) };
  if (output) delete providerData[output];
  const sdk = {
    ...{ type: 'hosted_tool_call', id: api['id'], name: api['type'] },
    ...{ status: status ?? 'completed', providerData },
    ...(output && { output: api[output] }),
  };
  return { api, sdk };
}

/** Items that the SDK does not know are whole inside `providerData`. */
const unknown = (api: Raw): ItemPair => ({
  api,
  sdk: { type: 'unknown', id: api['id'], providerData: api },
});

const HOSTED: ItemPair[] = [
  hosted({
    ...{ type: 'web_search_call', id: 'ws_a', status: 'completed' },
    action: {
      type: 'search',
      query: 'halls',
      sources: [{ type: 'url', url: 'https://a.example' }],
    },
  }),
  hosted({
    ...{ type: 'file_search_call', id: 'fs_a', status: 'completed', queries: ['halls'] },
    results: [{ file_id: 'file_1', filename: 'halls.md', score: 0.5, text: 'The market hall.' }],
  }),
  hosted({
    ...{ type: 'code_interpreter_call', id: 'ci_a', status: 'completed', code: 'print(1)' },
    ...{ container_id: 'cntr_1', outputs: [{ type: 'logs', logs: '1' }] },
  }),
  hosted(
    { type: 'image_generation_call', id: 'ig_a', status: 'completed', result: pngData },
    'result',
  ),
  hosted(
    {
      ...{ type: 'mcp_call', id: 'mcp_a', status: 'completed', server_label: 'maps' },
      ...{ name: 'find', arguments: '{"near":"harbour"}', output: 'A hall.', error: null },
      approval_request_id: 'mcpr_a',
    },
    'output',
  ),
  hosted({
    ...{ type: 'mcp_list_tools', id: 'mcpl_a', server_label: 'maps' },
    tools: [{ name: 'find', input_schema: { properties: { userId: {} } } }],
  }),
  hosted({
    ...{ type: 'mcp_approval_request', id: 'mcpr_a', server_label: 'maps' },
    ...{ name: 'find', arguments: '{}' },
  }),
  hosted({
    ...{ type: 'mcp_approval_response', id: 'mcpa_a', approval_request_id: 'mcpr_a' },
    ...{ approve: true, reason: 'Go on.' },
  }),
];

const LOCAL: ItemPair[] = [
  {
    api: {
      ...{ type: 'function_call', id: 'fc_a', call_id: 'c1', name: 'find', arguments: '{}' },
      ...{ status: 'completed', namespace: 'maps', caller },
    },
    sdk: {
      ...{ type: 'function_call', id: 'fc_a', callId: 'c1', name: 'find', arguments: '{}' },
      ...{ status: 'completed', namespace: 'maps', caller: sdkCaller },
    },
  },
  {
    api: {
      ...{ type: 'function_call_output', id: 'fco_a', call_id: 'c1', status: 'completed' },
      output: [
        { type: 'input_text', text: 'A hall.' },
        { type: 'input_image', image_url: `data:image/png;base64,${pngData}`, detail: 'low' },
        { type: 'input_file', file_id: 'file_1' },
      ],
    },
    sdk: {
      ...{ type: 'function_call_result', id: 'fco_a', callId: 'c1', status: 'completed' },
      name: 'find',
      output: [
        { type: 'input_text', text: 'A hall.' },
        { type: 'input_image', image: `data:image/png;base64,${pngData}`, detail: 'low' },
        { type: 'input_file', file: { id: 'file_1' } },
      ],
    },
  },
  {
    api: {
      ...{ type: 'computer_call', id: 'cu_a', call_id: 'c2', status: 'completed' },
      ...{ action: { type: 'screenshot' }, actions: [{ type: 'screenshot' }, { type: 'wait' }] },
      pending_safety_checks: [{ id: 'sc_1', code: 'x', message: 'Look.' }],
    },
    sdk: {
      ...{ type: 'computer_call', id: 'cu_a', callId: 'c2', status: 'completed' },
      ...{ action: { type: 'screenshot' }, actions: [{ type: 'screenshot' }, { type: 'wait' }] },
      providerData: { pending_safety_checks: [{ id: 'sc_1', code: 'x', message: 'Look.' }] },
    },
  },
  {
    api: {
      ...{ type: 'computer_call_output', id: 'cuo_a', call_id: 'c2', status: 'completed' },
      output: { type: 'computer_screenshot', image_url: 'https://a.example/screen.png' },
      acknowledged_safety_checks: [{ id: 'sc_1' }],
    },
    sdk: {
      ...{ type: 'computer_call_result', id: 'cuo_a', callId: 'c2' },
      output: { type: 'computer_screenshot', data: 'https://a.example/screen.png' },
      providerData: { status: 'completed', acknowledged_safety_checks: [{ id: 'sc_1' }] },
    },
  },
  {
    api: {
      ...{ type: 'shell_call', id: 'sh_a', call_id: 'c3', status: 'completed' },
      action: { commands: ['ls'], timeout_ms: 10, max_output_length: 20 },
      environment: { type: 'local' },
    },
    sdk: {
      ...{ type: 'shell_call', id: 'sh_a', callId: 'c3', status: 'completed' },
      action: { commands: ['ls'], timeoutMs: 10, maxOutputLength: 20 },
      providerData: { environment: { type: 'local' } },
    },
  },
  {
    api: {
      ...{ type: 'shell_call_output', id: 'sho_a', call_id: 'c3', max_output_length: 20 },
      output: [{ stdout: 'a', stderr: '', outcome: { type: 'exit', exit_code: 0 } }],
    },
    sdk: {
      ...{ type: 'shell_call_output', id: 'sho_a', callId: 'c3', maxOutputLength: 20 },
      output: [{ stdout: 'a', stderr: '', outcome: { type: 'exit', exitCode: 0 } }],
    },
  },
  {
    api: {
      ...{ type: 'apply_patch_call', id: 'apc_a', call_id: 'c4', status: 'completed' },
      operation: { type: 'update_file', path: 'a.md', diff: '+a', move_to: 'b.md' },
    },
    sdk: {
      ...{ type: 'apply_patch_call', id: 'apc_a', callId: 'c4', status: 'completed' },
      operation: { type: 'update_file', path: 'a.md', diff: '+a', moveTo: 'b.md' },
    },
  },
  {
    api: {
      ...{ type: 'apply_patch_call_output', id: 'apco_a', call_id: 'c4' },
      ...{ status: 'completed', output: 'Done.' },
    },
    sdk: {
      ...{ type: 'apply_patch_call_output', id: 'apco_a', callId: 'c4' },
      ...{ status: 'completed', output: 'Done.' },
    },
  },
  unknown({ type: 'custom_tool_call', id: 'ctc_a', call_id: 'c5', name: 'sh', input: 'ls' }),
  unknown({ type: 'custom_tool_call_output', id: 'ctco_a', call_id: 'c5', output: 'a' }),
  unknown({
    ...{ type: 'local_shell_call', id: 'lsh_a', call_id: 'c6', status: 'completed' },
    action: { type: 'exec', command: ['ls'], env: { aB: '1' } },
  }),
  unknown({ type: 'local_shell_call_output', id: 'lsho_a', output: 'a' }),
];

const OTHERS: ItemPair[] = [
  {
    api: {
      ...{ type: 'reasoning', id: 'rs_a', encrypted_content: 'gAAAAsecret', status: 'completed' },
      summary: [{ type: 'summary_text', text: 'I think.' }],
      content: [{ type: 'reasoning_text', text: 'I think in private.' }],
    },
    sdk: {
      ...{ type: 'reasoning', id: 'rs_a', content: [{ type: 'input_text', text: 'I think.' }] },
      providerData: {
        ...{ encrypted_content: 'gAAAAsecret', status: 'completed' },
        content: [{ type: 'reasoning_text', text: 'I think in private.' }],
      },
    },
  },
  {
    api: {
      ...{ type: 'program', id: 'prog_a', call_id: 'c7' },
      ...{ code: 'find()', fingerprint: 'f1' },
    },
    sdk: { type: 'program', id: 'prog_a', callId: 'c7', code: 'find()', fingerprint: 'f1' },
  },
  {
    api: {
      ...{ type: 'program_output', id: 'po_a', call_id: 'c7' },
      ...{ result: 'A hall.', status: 'completed' },
    },
    sdk: {
      ...{ type: 'program_output', id: 'po_a', callId: 'c7' },
      ...{ output: 'A hall.', status: 'completed' },
    },
  },
  {
    api: {
      ...{ type: 'tool_search_call', id: 'tsc_a', call_id: 'c8', status: 'completed' },
      ...{ execution: 'client', arguments: { query: 'halls' } },
    },
    sdk: {
      ...{ type: 'tool_search_call', id: 'tsc_a', callId: 'c8', status: 'completed' },
      ...{ execution: 'client', arguments: { query: 'halls' } },
    },
  },
  {
    api: {
      ...{ type: 'tool_search_output', id: 'tso_a', call_id: 'c8', status: 'completed' },
      ...{ execution: 'client' },
      tools: [
        { type: 'tool_reference', function_name: 'find', namespace: 'maps' },
        {
          ...{ type: 'namespace', name: 'maps' },
          tools: [{ type: 'function', name: 'find', defer_loading: true, parameters: { aB: 1 } }],
        },
      ],
    },
    sdk: {
      ...{ type: 'tool_search_output', id: 'tso_a', callId: 'c8', status: 'completed' },
      ...{ execution: 'client' },
      tools: [
        { type: 'tool_reference', functionName: 'find', namespace: 'maps' },
        {
          ...{ type: 'namespace', name: 'maps' },
          tools: [{ type: 'function', name: 'find', deferLoading: true, parameters: { aB: 1 } }],
        },
      ],
    },
  },
  {
    api: { type: 'compaction', id: 'cmp_a', encrypted_content: 'gAAAAcompact' },
    sdk: { type: 'compaction', id: 'cmp_a', encrypted_content: 'gAAAAcompact' },
  },
];

export const ITEM_PAIRS: readonly ItemPair[] = [...HOSTED, ...LOCAL, ...OTHERS];
