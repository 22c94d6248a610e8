import { describe, expect, it } from '@jest/globals';
import type { DialectReader } from '../../src/conversations/parts/dialect.js';
import { langChainReader } from '../../src/conversations/parts/langchain/reader.js';
import { anthropicReader } from '../../src/conversations/parts/anthropic/reader.js';
import { aiSdkReader } from '../../src/conversations/parts/ai-sdk/reader.js';
import { geminiReader } from '../../src/conversations/parts/gemini/reader.js';
import { openAiReader } from '../../src/conversations/parts/openai/reader.js';
import { openAiResponsesReader } from '../../src/conversations/parts/openai-responses/reader.js';
import type { RawObject } from '../../src/conversations/parts/part.js';
import { isKnownPart, readParts } from '../../src/conversations/parts/readers.js';
import {
  AI_SDK_CONTENT,
  AI_SDK_MODEL,
  AI_SDK_OUTPUTS,
  AI_SDK_STATES,
  AI_SDK_UI,
  ANTHROPIC,
  GEMINI,
  LANGCHAIN,
  OPENAI,
  RESPONSES,
} from './examples.js';

/** Part types that hold nothing for a model of another provider to read. */
const NOT_READ = new Set([
  ...['container_upload', 'mcp_list_tools', 'mcp_approval_request', 'mcp_approval_response'],
  ...['additional_tools', 'compaction', 'compaction_trigger', 'item_reference', 'step-start'],
  ...['data-progress', 'audioTranscription', 'non_standard'],
  ...['tool-approval-request', 'tool-approval-response'],
  ...['tool_call_chunk', 'invalid_tool_call', 'server_tool_call_chunk'],
]);

const inAnswer = (part: RawObject) => ({
  type: 'message',
  role: 'assistant',
  content: [part],
  model: 'claude',
});
const OPENAI_CALLS = new Set<unknown>(['function', 'custom']);
const inOpenAi = (part: RawObject) =>
  OPENAI_CALLS.has(part['type'])
    ? { role: 'assistant', content: null, tool_calls: [part] }
    : { role: 'user', content: [part], name: 'ann' };

const inUi = (part: RawObject) => ({ id: 'm1', role: 'assistant', parts: [part] });
const inLangChain = (part: RawObject) => ({
  type: 'ai',
  data: {
    content: [part],
    tool_calls: part['type'] === 'tool_call' ? [part] : [],
    response_metadata: { output_version: 'v1' },
  },
});

const DIALECTS: [DialectReader, Record<string, RawObject>, (part: RawObject) => RawObject][] = [
  [anthropicReader, ANTHROPIC, inAnswer],
  [openAiReader, OPENAI, inOpenAi],
  [openAiResponsesReader, RESPONSES, (item) => item],
  [geminiReader, GEMINI, (part) => ({ role: 'model', parts: [part] })],
  [aiSdkReader, AI_SDK_UI, inUi],
  [aiSdkReader, AI_SDK_STATES, inUi],
  [langChainReader, LANGCHAIN, inLangChain],
];

/** Fields of an answer that no request has, so that they are not given back. */
const asRequested = ({ dialect }: DialectReader, message: RawObject): RawObject =>
  dialect === 'anthropic' ? { role: message['role'], content: message['content'] } : message;

const CASES = DIALECTS.flatMap(([reader, examples, inMessage]) =>
  Object.entries(examples).map(
    ([type, part]) => [reader.dialect, type, { reader, part, message: inMessage(part) }] as const,
  ),
);

describe('part types that the SDKs declare', () => {
  it.each(CASES)('%s: a message with %s is given back as it came', (_dialect, type, example) => {
    const { reader, message } = example;
    const read = reader.readMessage(message);
    const given =
      type === 'text' && OPENAI.text === example.part ? withPlainText(message) : message;
    expect(read && reader.restoreMessage(read)).toEqual(asRequested(reader, given));
  });

  it.each(CASES)('%s: %s is read to its meaning', (_dialect, type, { part }) => {
    if (type === 'message') return;
    expect(isKnownPart(part)).toBe(true);
    const isRead = readParts([part]).every(({ kind }) => kind !== 'other');
    expect(isRead).toBe(!NOT_READ.has(type));
  });
});

describe('parts that the AI SDK declares for messages to models', () => {
  it.each(Object.entries<RawObject>({ ...AI_SDK_MODEL }))(
    '%s is read to its meaning',
    (type, part) => {
      const parts = aiSdkReader.readPart(part, readParts);
      expect(parts).toMatchObject([{ dialect: 'ai-sdk', original: part }]);
      expect(readParts([part])).toEqual(parts);
      expect(parts!.every(({ kind }) => kind !== 'other')).toBe(!NOT_READ.has(type));
    },
  );

  it.each(Object.entries(AI_SDK_OUTPUTS))('output of type %s is read to its words', (_, output) => {
    const [part] = readParts([{ ...AI_SDK_MODEL['tool-result'], output }]);
    expect(part).toMatchObject({ output: [{ kind: 'text' }] });
    expect(part).toMatchObject({ isError: /^e/.test(output.type) });
    expect(JSON.stringify(part)).not.toContain(`"text":"{\\"type`);
  });

  it.each(Object.entries<RawObject>(AI_SDK_CONTENT))(
    '%s of an output is read to its meaning',
    (type, part) => {
      const [found] = readParts([part]);
      expect(found!.kind === 'other').toBe(type === 'custom');
    },
  );
});

/** OpenAI takes a single text as text or as a part; it is given back as text. */
const withPlainText = (message: RawObject): RawObject => ({
  ...message,
  content: OPENAI.text.text,
});
