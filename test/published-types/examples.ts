// One example of every part type that the SDKs of the providers declare, by its type.
const DATA = 'iVBORw0KGgo=';
const DATA_URL = 'data:image/png;base64,iVBORw0KGgo=';

const result = <const T extends object>(content: T) => ({ tool_use_id: 'srvtoolu_1', content });

export const ANTHROPIC = {
  text: { type: 'text', text: 'Hello' },
  image: { type: 'image', source: { type: 'base64', media_type: 'image/png', data: DATA } },
  document: { type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } },
  search_result: {
    type: 'search_result',
    source: 'https://example.com',
    title: 'Example',
    content: [{ type: 'text', text: 'Found' }],
  },
  thinking: { type: 'thinking', thinking: 'Hm', signature: 'c2ln' },
  redacted_thinking: { type: 'redacted_thinking', data: 'c2VjcmV0' },
  tool_use: { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Oslo' } },
  tool_result: { type: 'tool_result', tool_use_id: 'toolu_1', content: 'rain' },
  server_tool_use: {
    type: 'server_tool_use',
    id: 'srvtoolu_1',
    name: 'web_search',
    input: { query: 'rain' },
  },
  web_search_tool_result: {
    type: 'web_search_tool_result',
    ...result([
      {
        type: 'web_search_result',
        url: 'https://example.com',
        title: 'Example',
        encrypted_content: 'c2VjcmV0',
      },
    ]),
  },
  web_fetch_tool_result: {
    type: 'web_fetch_tool_result',
    ...result({
      type: 'web_fetch_result',
      url: 'https://example.com',
      content: {
        type: 'document',
        source: { type: 'text', media_type: 'text/plain', data: 'Page' },
      },
    }),
  },
  code_execution_tool_result: {
    type: 'code_execution_tool_result',
    ...result({
      type: 'code_execution_result',
      stdout: '1',
      stderr: '',
      return_code: 0,
      content: [],
    }),
  },
  bash_code_execution_tool_result: {
    type: 'bash_code_execution_tool_result',
    ...result({
      type: 'bash_code_execution_result',
      stdout: '1',
      stderr: '',
      return_code: 0,
      content: [],
    }),
  },
  text_editor_code_execution_tool_result: {
    type: 'text_editor_code_execution_tool_result',
    ...result({
      type: 'text_editor_code_execution_view_result',
      file_type: 'text',
      content: 'line',
    }),
  },
  tool_search_tool_result: {
    type: 'tool_search_tool_result',
    ...result({
      type: 'tool_search_tool_search_result',
      tool_references: [{ type: 'tool_reference', tool_name: 'weather' }],
    }),
  },
  container_upload: { type: 'container_upload', file_id: 'file_1' },
} as const;

export const OPENAI = {
  text: { type: 'text', text: 'Hello' },
  image_url: { type: 'image_url', image_url: { url: DATA_URL } },
  input_audio: { type: 'input_audio', input_audio: { data: DATA, format: 'wav' } },
  file: { type: 'file', file: { file_id: 'file-1' } },
  function: { type: 'function', id: 'call_1', function: { name: 'weather', arguments: '{}' } },
  custom: { type: 'custom', id: 'call_2', custom: { name: 'shell', input: 'ls' } },
} as const;

export const RESPONSES = {
  message: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] },
  reasoning: {
    type: 'reasoning',
    id: 'rs_1',
    summary: [{ type: 'summary_text', text: 'Hm' }],
    encrypted_content: 'c2VjcmV0',
  },
  function_call: { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{}' },
  function_call_output: { type: 'function_call_output', call_id: 'call_1', output: 'rain' },
  custom_tool_call: { type: 'custom_tool_call', call_id: 'call_1', name: 'shell', input: 'ls' },
  custom_tool_call_output: { type: 'custom_tool_call_output', call_id: 'call_1', output: 'a.txt' },
  computer_call: {
    type: 'computer_call',
    id: 'cu_1',
    call_id: 'call_1',
    action: { type: 'screenshot' },
    pending_safety_checks: [],
    status: 'completed',
  },
  computer_call_output: {
    type: 'computer_call_output',
    call_id: 'call_1',
    output: { type: 'computer_screenshot', image_url: DATA_URL },
  },
  local_shell_call: {
    type: 'local_shell_call',
    id: 'ls_1',
    call_id: 'call_1',
    action: { type: 'exec', command: ['ls'], env: {} },
    status: 'completed',
  },
  local_shell_call_output: { type: 'local_shell_call_output', id: 'call_1', output: 'a.txt' },
  shell_call: { type: 'shell_call', call_id: 'call_1', action: { commands: ['ls'] } },
  shell_call_output: {
    type: 'shell_call_output',
    call_id: 'call_1',
    output: [{ stdout: 'a.txt', stderr: '', outcome: { type: 'exit', exit_code: 0 } }],
  },
  apply_patch_call: {
    type: 'apply_patch_call',
    call_id: 'call_1',
    operation: { type: 'delete_file', path: 'a.txt' },
    status: 'completed',
  },
  apply_patch_call_output: {
    type: 'apply_patch_call_output',
    call_id: 'call_1',
    status: 'completed',
    output: 'done',
  },
  tool_search_call: { type: 'tool_search_call', call_id: 'call_1', arguments: { query: 'rain' } },
  tool_search_output: { type: 'tool_search_output', call_id: 'call_1', tools: [] },
  web_search_call: {
    type: 'web_search_call',
    id: 'ws_1',
    action: { type: 'search', query: 'rain' },
    status: 'completed',
  },
  file_search_call: {
    type: 'file_search_call',
    id: 'fs_1',
    queries: ['rain'],
    status: 'completed',
    results: [{ filename: 'a.txt', text: 'It rains' }],
  },
  code_interpreter_call: {
    type: 'code_interpreter_call',
    id: 'ci_1',
    container_id: 'cntr_1',
    code: 'print(1)',
    outputs: [{ type: 'logs', logs: '1' }],
    status: 'completed',
  },
  image_generation_call: {
    type: 'image_generation_call',
    id: 'ig_1',
    result: DATA,
    status: 'completed',
  },
  mcp_call: {
    type: 'mcp_call',
    id: 'mcp_1',
    name: 'weather',
    server_label: 'sky',
    arguments: '{}',
    output: 'rain',
  },
  program: { type: 'program', id: 'p_1', call_id: 'call_1', code: '1', fingerprint: 'f' },
  program_output: {
    type: 'program_output',
    id: 'po_1',
    call_id: 'call_1',
    result: '1',
    status: 'completed',
  },
  mcp_list_tools: { type: 'mcp_list_tools', id: 'mcpl_1', server_label: 'sky', tools: [] },
  mcp_approval_request: {
    type: 'mcp_approval_request',
    id: 'mcpr_1',
    name: 'weather',
    server_label: 'sky',
    arguments: '{}',
  },
  mcp_approval_response: {
    type: 'mcp_approval_response',
    approval_request_id: 'mcpr_1',
    approve: true,
  },
  additional_tools: { type: 'additional_tools', role: 'developer', tools: [] },
  compaction: { type: 'compaction', encrypted_content: 'c2VjcmV0' },
  compaction_trigger: { type: 'compaction_trigger' },
  item_reference: { type: 'item_reference', id: 'rs_1' },
} as const;

/** By the field that tells what the part is; the others stand beside one of these. */
export const GEMINI = {
  text: { text: 'Hello' },
  thought: { text: 'Hm', thought: true },
  thoughtSignature: { text: 'Hello', thoughtSignature: 'c2ln' },
  inlineData: { inlineData: { mimeType: 'image/png', data: DATA } },
  fileData: { fileData: { mimeType: 'image/png', fileUri: 'https://example.com/files/1' } },
  functionCall: { functionCall: { name: 'weather', args: { city: 'Oslo' } } },
  functionResponse: { functionResponse: { name: 'weather', response: { output: 'rain' } } },
  executableCode: { executableCode: { code: 'print(1)' } },
  codeExecutionResult: { codeExecutionResult: { output: '1' } },
  audioTranscription: { audioTranscription: { text: 'Hello' } },
  videoMetadata: {
    fileData: { mimeType: 'video/mp4', fileUri: 'https://example.com/files/2' },
    videoMetadata: { startOffset: '1s' },
  },
  mediaResolution: { inlineData: { mimeType: 'image/png', data: DATA }, mediaResolution: {} },
  mediaProcessing: { inlineData: { mimeType: 'image/png', data: DATA }, mediaProcessing: 'STATIC' },
  partMetadata: { text: 'Hello', partMetadata: { page: 1 } },
  speechMetadata: { text: 'Hello', speechMetadata: { speaker: 'Ann' } },
  toolCall: { toolCall: { id: 't1', args: {} } },
  toolResponse: { toolResponse: { id: 't1', response: {} } },
} as const;

export const AI_SDK_UI = {
  text: { type: 'text', text: 'Hello', state: 'done' },
  reasoning: { type: 'reasoning', text: 'Hm' },
  file: { type: 'file', mediaType: 'image/png', url: DATA_URL },
  'source-url': { type: 'source-url', sourceId: 's1', url: 'https://example.com' },
  'source-document': {
    type: 'source-document',
    sourceId: 's2',
    mediaType: 'application/pdf',
    title: 'Report',
  },
  'step-start': { type: 'step-start' },
  'dynamic-tool': {
    type: 'dynamic-tool',
    toolName: 'weather',
    toolCallId: 'c1',
    state: 'output-available',
    input: { city: 'Oslo' },
    output: 'rain',
  },
  'tool-weather': {
    type: 'tool-weather',
    toolCallId: 'c2',
    state: 'output-error',
    input: { city: 'Oslo' },
    errorText: 'no answer',
  },
  'data-progress': { type: 'data-progress', data: { percent: 5 } },
} as const;

const tool = { type: 'tool-weather', toolCallId: 'c1', input: { city: 'Oslo' } } as const;
const approval = <const T extends object>(fields: T) => ({ approval: { id: 'a1', ...fields } });

/** Parts of tools in a UIMessage, by their state. */
export const AI_SDK_STATES = {
  'input-streaming': { ...tool, state: 'input-streaming' },
  'input-available': { ...tool, state: 'input-available' },
  'approval-requested': {
    ...tool,
    state: 'approval-requested',
    ...approval({}),
  },
  'approval-responded': {
    ...tool,
    state: 'approval-responded',
    ...approval({ approved: true }),
  },
  'output-available': {
    ...tool,
    state: 'output-available',
    output: { degrees: 7 },
  },
  'output-error': {
    ...tool,
    state: 'output-error',
    errorText: 'no answer',
  },
  'output-denied': {
    ...tool,
    state: 'output-denied',
    ...approval({ approved: false, reason: 'No' }),
  },
} as const;

const named = { toolCallId: 'c1', toolName: 'weather' } as const;
const options = { providerOptions: { google: { thoughtSignature: 'c2ln' } } } as const;

export const AI_SDK_MODEL = {
  text: { type: 'text', text: 'Hello', ...options },
  image: { type: 'image', image: DATA, mediaType: 'image/png' },
  file: { type: 'file', data: DATA_URL, mediaType: 'image/png' },
  reasoning: { type: 'reasoning', text: 'Hm', ...options },
  'tool-call': { type: 'tool-call', ...named, input: { city: 'Oslo' } },
  'tool-result': { type: 'tool-result', ...named, output: { type: 'text', value: 'rain' } },
  'tool-approval-request': { type: 'tool-approval-request', approvalId: 'a1', toolCallId: 'c1' },
  'tool-approval-response': { type: 'tool-approval-response', approvalId: 'a1', approved: true },
} as const;

/** Outputs of a result in a ModelMessage. */
export const AI_SDK_OUTPUTS = {
  text: { type: 'text', value: 'rain' },
  json: { type: 'json', value: { degrees: 7 } },
  content: { type: 'content', value: [{ type: 'text', text: 'rain' }] },
  'error-text': { type: 'error-text', value: 'no answer' },
  'error-json': { type: 'error-json', value: { code: 7 } },
  'execution-denied': { type: 'execution-denied', reason: 'No' },
} as const;

/** Parts of an output of type `content`. */
export const AI_SDK_CONTENT = {
  text: { type: 'text', text: 'rain' },
  media: { type: 'media', data: DATA, mediaType: 'image/png' },
  'image-data': { type: 'image-data', data: DATA, mediaType: 'image/png' },
  'image-url': { type: 'image-url', url: 'https://example.com/a.png' },
  'image-file-id': { type: 'image-file-id', fileId: 'file-1' },
  'file-data': { type: 'file-data', data: DATA, mediaType: 'application/pdf' },
  'file-url': { type: 'file-url', url: 'https://example.com/a.pdf' },
  'file-id': { type: 'file-id', fileId: { openai: 'file-1' } },
  custom: { type: 'custom', ...options },
} as const;

export const LANGCHAIN = {
  text: { type: 'text', text: 'Hello' },
  reasoning: { type: 'reasoning', reasoning: 'Hm' },
  refusal: { type: 'refusal', refusal: 'No' },
  image: { type: 'image', data: DATA, mimeType: 'image/png' },
  audio: { type: 'audio', data: DATA, mimeType: 'audio/wav' },
  video: { type: 'video', url: 'https://example.com/a.mp4' },
  file: { type: 'file', fileId: 'file-1' },
  'text-plain': { type: 'text-plain', data: 'SGVsbG8=', mimeType: 'text/plain' },
  tool_call: { type: 'tool_call', id: 'c1', name: 'weather', args: { city: 'Oslo' } },
  tool_call_chunk: { type: 'tool_call_chunk', args: '{' },
  invalid_tool_call: { type: 'invalid_tool_call', args: '{' },
  server_tool_call: { type: 'server_tool_call', id: 's1', name: 'web_search', args: {} },
  server_tool_call_chunk: { type: 'server_tool_call_chunk', args: '{' },
  server_tool_call_result: {
    type: 'server_tool_call_result',
    toolCallId: 's1',
    status: 'success',
    output: { found: 'rain' },
  },
  citation: { type: 'citation', url: 'https://example.com', title: 'Example' },
  non_standard: { type: 'non_standard', value: { a: 1 } },
} as const;
