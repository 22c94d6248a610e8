// Published rules of OpenAI's responses API, by `ResponseInputItem` of the official SDK. Items are
// sent without storage, so that reasoning needs its encrypted form.
import { z } from 'zod';
import { IMAGE_TYPES } from './openai.js';
import {
  anything,
  at,
  type Checker,
  dataUrl,
  filled,
  firstFault,
  jsonObjectText,
  nullable,
  oneOf,
  record,
  shape,
  shapeFault,
  text,
  typed,
  WaitingCalls,
  webUrl,
} from './rule.js';

const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'illegal name of a function');
const callId = z.string().min(1).max(64);
const itemId = (prefix: string): z.ZodType =>
  z
    .string()
    .max(64)
    .regex(new RegExp(`^${prefix}_\\w`), `id does not begin with ${prefix}_`);
const status = nullable(z.enum(['in_progress', 'completed', 'incomplete']));
const cacheBreakpoint = {
  prompt_cache_breakpoint: nullable(shape({ mode: z.literal('explicit') })),
};
const detail = z.enum(['low', 'high', 'auto', 'original']);
const missing = z.null();

const inputPart = oneOf(
  typed('input_text', { text: filled }, cacheBreakpoint),
  typed(
    'input_image',
    {},
    {
      detail,
      image_url: nullable(z.union([webUrl, dataUrl(IMAGE_TYPES)])),
      file_id: nullable(filled),
      ...cacheBreakpoint,
    },
  ),
  typed(
    'input_file',
    {},
    {
      detail,
      file_data: nullable(dataUrl('[\\w.+/-]+')),
      file_id: nullable(filled),
      file_url: nullable(webUrl),
      filename: nullable(filled),
      ...cacheBreakpoint,
    },
  ),
);
const outputPart = oneOf(
  typed(
    'output_text',
    { text: filled },
    { annotations: z.array(record), logprobs: z.array(record) },
  ),
  typed('refusal', { refusal: filled }),
);
const textOr = (part: z.ZodType): z.ZodType => z.union([filled, z.array(part).min(1)]);

const said = { role: text, content: textOr(inputPart) };
const MESSAGES: Record<string, z.ZodObject> = {
  user: shape(said, { type: z.literal('message'), status }),
  system: shape(said, { type: z.literal('message'), status }),
  developer: shape(said, { type: z.literal('message'), status }),
  assistant: shape(
    { role: text, content: textOr(outputPart) },
    {
      type: z.literal('message'),
      id: itemId('msg'),
      status,
      phase: nullable(z.enum(['commentary', 'final_answer'])),
    },
  ),
};

const own = (type: string, prefix: string, fields: z.ZodRawShape, more: z.ZodRawShape = {}) =>
  typed(type, { id: itemId(prefix), ...fields }, { status: text, ...more });
const caller = { caller: nullable(record) };
const output = z.union([text, z.array(inputPart).min(1)]);
const result = (type: string, field: z.ZodType) =>
  typed(type, { call_id: callId, output: field }, { id: nullable(filled), status, ...caller });

/** Items that the model wrote, and that need no answer. */
const SPOKEN: Record<string, z.ZodObject> = {
  reasoning: typed(
    'reasoning',
    { summary: z.array(typed('summary_text', { text })), encrypted_content: filled },
    // The types require the id; the API takes encrypted reasoning without it.
    { id: itemId('rs'), status, content: z.array(typed('reasoning_text', { text })) },
  ),
  web_search_call: own('web_search_call', 'ws', { action: record }),
  file_search_call: own(
    'file_search_call',
    'fs',
    { queries: z.array(text) },
    { results: nullable(z.array(record)) },
  ),
  code_interpreter_call: own('code_interpreter_call', 'ci', {
    code: nullable(text),
    container_id: filled,
    outputs: nullable(z.array(record)),
  }),
  image_generation_call: own('image_generation_call', 'ig', { result: nullable(text) }),
  mcp_list_tools: own(
    'mcp_list_tools',
    'mcpl',
    { server_label: filled, tools: z.array(record) },
    { error: nullable(text) },
  ),
  mcp_call: own(
    'mcp_call',
    'mcp',
    { name: filled, server_label: filled, arguments: text },
    { output: nullable(text), error: nullable(text), approval_request_id: nullable(text) },
  ),
  compaction: typed('compaction', { encrypted_content: filled }, { id: nullable(filled) }),
};

const CALLS: Record<string, z.ZodObject> = {
  function_call: typed(
    'function_call',
    { call_id: callId, name: toolName, arguments: jsonObjectText },
    { id: itemId('fc'), status, namespace: filled, ...caller },
  ),
  custom_tool_call: typed(
    'custom_tool_call',
    { call_id: callId, name: toolName, input: text },
    { id: itemId('ctc'), status, namespace: filled, ...caller },
  ),
  computer_call: own(
    'computer_call',
    'cu',
    { call_id: callId, pending_safety_checks: z.array(record) },
    { action: record, actions: z.array(record) },
  ),
  local_shell_call: own('local_shell_call', 'lsh', { call_id: callId, action: record }),
  shell_call: typed(
    'shell_call',
    { call_id: callId, action: record },
    { id: nullable(filled), status, environment: nullable(record), ...caller },
  ),
  apply_patch_call: typed(
    'apply_patch_call',
    { call_id: callId, operation: record, status: z.enum(['in_progress', 'completed']) },
    { id: nullable(filled), ...caller },
  ),
};

const RESULTS: Record<string, z.ZodObject> = {
  function_call_output: result('function_call_output', output),
  custom_tool_call_output: result('custom_tool_call_output', output),
  computer_call_output: result('computer_call_output', record).extend({
    acknowledged_safety_checks: z.optional(anything),
  }),
  shell_call_output: result('shell_call_output', z.array(record)).extend({
    max_output_length: z.optional(z.nullable(z.number())),
  }),
  apply_patch_call_output: typed(
    'apply_patch_call_output',
    { call_id: callId, status: z.enum(['completed', 'failed']) },
    { output: nullable(text), id: nullable(filled), ...caller },
  ),
};

interface Item {
  type?: string;
  role?: string;
  id?: string;
  call_id: string;
  content?: unknown;
}

export const checkOpenAiResponses: Checker = ({ system, messages }) => {
  if (system) return 'system: the format has no place for it';
  const items = messages as Item[];
  const calls = new WaitingCalls();
  const ids = new Set<string>();
  let hasAnswers = false;
  const fault = firstFault(items, (item, index) => {
    const place = `messages[${index}]`;
    const misshapen = faultOfShape(item, place);
    if (misshapen !== null) return misshapen;
    if (item.id !== undefined && item.id !== null) {
      if (ids.has(item.id)) return `${place}: item id ${item.id} is used twice`;
      ids.add(item.id);
    }
    const type = item.type ?? 'message';
    if (type in RESULTS) {
      hasAnswers = true;
      return at(place, calls.answer(item.call_id));
    }
    const isModels = isOfModel(item);
    if (calls.areOpen && (hasAnswers || !isModels)) return at(place, calls.missing());
    hasAnswers = false;
    const following = items[index + 1];
    if (type === 'reasoning' && !(following && isOfModel(following)))
      return `${place}: reasoning without its following item`;
    return type in CALLS ? at(place, calls.call(item.call_id)) : null;
  });
  return fault ?? at('end', calls.missing());
};

const isOfModel = ({ type = 'message', role }: Item): boolean =>
  type === 'message' ? role === 'assistant' : type in SPOKEN || type in CALLS;

function faultOfShape(item: Item, place: string): string | null {
  const type = item.type ?? 'message';
  if (type !== 'message') {
    const known = SPOKEN[type] ?? CALLS[type] ?? RESULTS[type];
    return known ? shapeFault(known, item, place) : `${place}: unknown item ${type}`;
  }
  const known = Object.hasOwn(MESSAGES, item.role ?? '') ? MESSAGES[item.role!] : undefined;
  if (!known) return `${place}: unknown role ${item.role}`;
  const part = item.role === 'assistant' ? outputPart : inputPart;
  const inParts = Array.isArray(item.content)
    ? firstFault(
        item.content,
        (one, index) =>
          shapeFault(part, one, `${place}.content[${index}]`) ??
          faultOfSource(one as Record<string, unknown>, `${place}.content[${index}]`),
      )
    : null;
  return inParts ?? shapeFault(known, item, place);
}

/** An image or a file has exactly one source. A file with data has a name, too. */
function faultOfSource(part: Record<string, unknown>, place: string): string | null {
  if (part['type'] !== 'input_image' && part['type'] !== 'input_file') return null;
  const sources = ['image_url', 'file_id', 'file_data', 'file_url'].filter(
    (name) => !missing.optional().safeParse(part[name]).success,
  );
  if (sources.length !== 1) return `${place}: ${sources.length} sources`;
  return sources[0] === 'file_data' && !part['filename'] ? `${place}: data without a name` : null;
}
