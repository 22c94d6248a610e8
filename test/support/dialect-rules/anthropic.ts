// Published rules of Anthropic's messages API, by `MessageParam` of the official SDK and the errors
// that the API names. Requires alternating roles, which the API joins by itself.
import { z } from 'zod';
import {
  at,
  base64,
  type Checker,
  filled,
  firstFault,
  nullable,
  oneOf,
  record,
  shape,
  shapeFault,
  text,
  typed,
  WaitingCalls,
  webUrl,
  words,
} from './rule.js';

const MAX_CACHE_BREAKPOINTS = 4;

const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/, 'illegal name of a tool');
const toolUseId = z.string().regex(/^[a-zA-Z0-9_-]+$/, 'illegal id of a tool use');
const serverToolUseId = z.string().regex(/^srvtoolu_[a-zA-Z0-9_]+$/, 'illegal id of a server tool');
const mcpToolUseId = z.string().regex(/^mcptoolu_[a-zA-Z0-9_]+$/, 'illegal id of an MCP tool');
const cached = {
  cache_control: nullable(
    shape({ type: z.literal('ephemeral') }, { ttl: z.enum(['5m', '1h']), scope: text }),
  ),
};
const citations = nullable(shape({}, { enabled: z.boolean() }));

const textBlock = typed(
  'text',
  { text: words },
  { ...cached, citations: nullable(z.array(record)) },
);
const urlSource = typed('url', { url: webUrl });
const fileSource = typed('file', { file_id: filled });
const image = typed(
  'image',
  {
    source: oneOf(
      typed('base64', {
        data: base64,
        media_type: z.enum(['image/jpeg', 'image/png', 'image/gif', 'image/webp']),
      }),
      urlSource,
      fileSource,
    ),
  },
  { ...cached, transformations: nullable(record) },
);
const document = typed(
  'document',
  {
    source: oneOf(
      typed('base64', { data: base64, media_type: z.literal('application/pdf') }),
      typed('text', { data: words, media_type: z.literal('text/plain') }),
      typed('content', { content: z.union([words, z.array(oneOf(textBlock, image)).min(1)]) }),
      urlSource,
      fileSource,
    ),
  },
  { ...cached, citations, title: nullable(filled), context: nullable(filled) },
);
const searchResult = typed(
  'search_result',
  { content: z.array(textBlock).min(1), source: filled, title: filled },
  { ...cached, citations },
);
const caller = { caller: record, toolset_name: nullable(text) };
const inResult = oneOf(
  textBlock,
  image,
  document,
  searchResult,
  typed('tool_reference', { tool_name: filled }, cached),
);
const toolResult = typed(
  'tool_result',
  { tool_use_id: toolUseId },
  {
    ...cached,
    content: z.union([text, z.array(inResult)]),
    is_error: z.boolean(),
    toolset_name: nullable(text),
  },
);
const containerUpload = typed('container_upload', { file_id: filled }, cached);

const serverResult = (type: string, id: z.ZodType = serverToolUseId) =>
  typed(
    type,
    { tool_use_id: id, content: z.union([filled, record, z.array(record)]) },
    { ...cached, ...caller, is_error: z.boolean() },
  );
const SERVER_RESULTS = [
  serverResult('web_search_tool_result'),
  serverResult('web_fetch_tool_result'),
  serverResult('code_execution_tool_result'),
  serverResult('bash_code_execution_tool_result'),
  serverResult('text_editor_code_execution_tool_result'),
  serverResult('tool_search_tool_result'),
  serverResult('mcp_tool_result', mcpToolUseId),
];
const SERVER_TOOLS = z.enum([
  'web_search',
  'web_fetch',
  'code_execution',
  'bash_code_execution',
  'text_editor_code_execution',
  'tool_search_tool_regex',
  'tool_search_tool_bm25',
]);

const userBlock = oneOf(textBlock, image, document, searchResult, toolResult, containerUpload);
const assistantBlock = oneOf(
  textBlock,
  typed('thinking', { thinking: text, signature: filled }),
  typed('redacted_thinking', { data: filled }),
  typed('tool_use', { id: toolUseId, name: toolName, input: record }, { ...cached, ...caller }),
  typed(
    'server_tool_use',
    { id: serverToolUseId, name: SERVER_TOOLS, input: record },
    { ...cached, ...caller },
  ),
  typed(
    'mcp_tool_use',
    { id: mcpToolUseId, name: filled, server_name: filled, input: record },
    cached,
  ),
  ...SERVER_RESULTS,
  containerUpload,
);
const message = shape({ role: text, content: z.union([words, z.array(record).min(1)]) });

interface Block {
  type: string;
  id: string;
  tool_use_id: string;
  text?: string;
  content?: string | Block[];
  is_error?: boolean;
  cache_control?: unknown;
}

interface Message {
  role: string;
  content: string | Block[];
}

export const checkAnthropic: Checker = ({ system = [], messages }) => {
  const calls = new WaitingCalls();
  const serverIds = new Set<string>();
  return (
    firstFault(system, (block, index) => shapeFault(textBlock, block, `system[${index}]`)) ??
    firstFault(messages as Message[], (one, index) => {
      const place = `messages[${index}]`;
      const isUsers = index % 2 === 0;
      if (one.role !== (isUsers ? 'user' : 'assistant')) return `${place}: by ${one.role}`;
      const misshapen = shapeFault(message, one, place);
      if (misshapen !== null) return misshapen;
      const blocks = typeof one.content === 'string' ? [] : one.content;
      return (
        firstFault(blocks, (block, i) =>
          shapeFault(isUsers ? userBlock : assistantBlock, block, `${place}.content[${i}]`),
        ) ??
        at(
          place,
          isUsers
            ? faultOfResults(blocks, calls)
            : (faultOfThinking(blocks) ??
                faultOfServerTools(blocks, serverIds) ??
                firstFault(blocks, ({ type, id }) =>
                  type === 'tool_use' ? calls.call(id) : null,
                )),
        )
      );
    }) ??
    at('end', calls.missing()) ??
    at('end', faultOfEnd((messages as Message[]).at(-1))) ??
    faultOfCaching([...system, ...messages])
  );
};

/** Results stand first in the very next message. Those of errors have texts only, and at least one. */
function faultOfResults(blocks: Block[], calls: WaitingCalls): string | null {
  const results = blocks.filter(({ type }) => type === 'tool_result');
  if (blocks.slice(0, results.length).some(({ type }) => type !== 'tool_result'))
    return 'results that are not first';
  return (
    firstFault(results, ({ tool_use_id: id, content, is_error: isError }) => {
      if (isError && (!content || content.length === 0)) return 'content of an error is empty';
      if (isError && typeof content !== 'string' && content!.some(({ type }) => type !== 'text'))
        return 'content of an error that is no text';
      return calls.answer(id);
    }) ?? calls.missing()
  );
}

const isThinking = ({ type }: Block): boolean => /^(?:redacted_)?thinking$/.test(type);

function faultOfThinking(blocks: Block[]): string | null {
  const last = blocks.at(-1);
  return last && isThinking(last) ? 'the final block is thinking' : null;
}

function faultOfServerTools(blocks: Block[], used: Set<string>): string | null {
  const waiting = new Set<string>();
  const fault = firstFault(blocks, ({ type, id, tool_use_id: answers }) => {
    if (type === 'server_tool_use' || type === 'mcp_tool_use') {
      if (used.has(id)) return `server tool id ${id} is used twice`;
      used.add(id);
      waiting.add(id);
    } else if (type.endsWith('_tool_result') && !waiting.delete(answers))
      return `server result ${answers} without its use`;
    return null;
  });
  return (
    fault ?? (waiting.size > 0 ? `server tools without results: ${[...waiting].join()}` : null)
  );
}

function faultOfEnd(last: Message | undefined): string | null {
  if (last?.role !== 'assistant') return null;
  const said = typeof last.content === 'string' ? last.content : last.content.at(-1)?.text;
  return said !== undefined && /\s$/u.test(said) ? 'final text ends with white space' : null;
}

function faultOfCaching(all: readonly object[]): string | null {
  let breakpoints = 0;
  JSON.stringify(all, (key, value: unknown) => {
    if (key === 'cache_control' && value) breakpoints++;
    return value;
  });
  return breakpoints > MAX_CACHE_BREAKPOINTS ? `${breakpoints} blocks with cache_control` : null;
}
