// Reads contents of the Gemini API. Its parts have no type: their one main field tells what they are.
import type { DialectReader, StoredMessage } from '../dialect.js';
import {
  emptyMedia,
  isObject,
  isText,
  lookUp,
  mediaKind,
  textIn,
  valueIn,
  without,
} from '../fields.js';
import { from, type Part, type RawObject, type ReadPart } from '../part.js';

const ROLES: Readonly<Record<string, StoredMessage['role']>> = {
  user: 'user',
  model: 'assistant',
  function: 'tool',
  system: 'system',
};

export const geminiReader: DialectReader = {
  dialect: 'gemini',

  readMessage: (raw) => {
    const { role = 'user', parts } = raw;
    const known = lookUp(ROLES, role);
    if (!known || !Array.isArray(parts) || !parts.every(isGeminiPart)) return null;
    const beside = without(raw, 'role', 'parts');
    const metadata = { ...beside, ...(role === known ? {} : { role }) };
    return {
      role: known,
      content: parts,
      metadata: Object.keys(metadata).length > 0 ? metadata : null,
    };
  },

  restoreMessage: ({ role, content }) => {
    if (isText(content) || role === 'system') return null;
    return { role: role === 'assistant' ? 'model' : 'user', parts: content };
  },

  readPart: (raw, readNested) => {
    if (!isGeminiPart(raw)) return null;
    return [from('gemini', raw, readPart(raw, readNested))];
  },
};

/** The fields of a part, in both spellings that the API takes. */
const FIELDS = new Set(
  [
    ...['text', 'thought', 'thoughtSignature', 'inlineData', 'fileData', 'functionCall'],
    ...['functionResponse', 'executableCode', 'codeExecutionResult', 'videoMetadata'],
    ...['mediaResolution', 'partMetadata', 'toolCall', 'toolResponse', 'audioTranscription'],
    ...['mediaProcessing', 'speechMetadata'],
  ].flatMap((name) => [name, name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]),
);

const isGeminiPart = (part: unknown): part is RawObject => {
  if (!isObject(part)) return false;
  const names = Object.keys(part);
  return names.length > 0 && names.every((name) => FIELDS.has(name));
};

const fieldIn = (raw: RawObject, name: string, snake: string): RawObject | null => {
  const value = raw[name] ?? raw[snake];
  return isObject(value) ? value : null;
};

function readPart(raw: RawObject, readNested: (content: unknown) => Part[]): ReadPart {
  const signature = textIn(raw, 'thoughtSignature', 'thought_signature');
  const { text } = raw;
  if (isText(text) && raw['thought'] === true)
    return {
      kind: 'reasoning',
      text,
      signedBy: signature === null ? null : 'gemini',
      signature,
      encrypted: null,
    };
  if (isText(text)) return { kind: 'text', text };
  const data = fieldIn(raw, 'inlineData', 'inline_data') ?? fieldIn(raw, 'fileData', 'file_data');
  if (data) return readMedia(data);
  const call = fieldIn(raw, 'functionCall', 'function_call');
  const name = call && textIn(call, 'name');
  if (call && name !== null)
    return { kind: 'tool-call', callId: textIn(call, 'id'), name, input: call['args'] ?? {} };
  const response = fieldIn(raw, 'functionResponse', 'function_response');
  if (response) return readResponse(response, readNested);
  return readServerTool(raw, readNested) ?? { kind: 'other', text: transcriptIn(raw) };
}

const transcriptIn = (raw: RawObject): string =>
  textIn(fieldIn(raw, 'audioTranscription', 'audio_transcription') ?? {}, 'text') ?? '';

/** Reads the code that Gemini ran, the searches that it made, and what came of them. */
function readServerTool(raw: RawObject, readNested: (content: unknown) => Part[]): ReadPart | null {
  const code = fieldIn(raw, 'executableCode', 'executable_code');
  if (code) return serverCall(code, 'code_execution', { code: textIn(code, 'code') ?? '' });
  const result = fieldIn(raw, 'codeExecutionResult', 'code_execution_result');
  if (result)
    return {
      ...serverResult(result, 'code_execution', readNested(result['output'])),
      isError: isText(result['outcome']) && result['outcome'] !== 'OUTCOME_OK',
    };
  const call = fieldIn(raw, 'toolCall', 'tool_call');
  if (call) return serverCall(call, toolType(call), call['args'] ?? {});
  const response = fieldIn(raw, 'toolResponse', 'tool_response');
  return response && serverResult(response, toolType(response), readNested(response['response']));
}

const toolType = (raw: RawObject): string =>
  (textIn(raw, 'toolType', 'tool_type') ?? 'tool').toLowerCase();

const serverCall = (raw: RawObject, name: string, input: unknown) =>
  ({ kind: 'server-tool-call', callId: textIn(raw, 'id'), name, input }) as const;

const serverResult = (raw: RawObject, name: string, output: Part[]) =>
  ({
    kind: 'server-tool-result',
    callId: textIn(raw, 'id'),
    name,
    output,
    isError: false,
  }) as const;

function readMedia(data: RawObject): ReadPart {
  const mediaType = textIn(data, 'mimeType', 'mime_type');
  const bytes = textIn(data, 'data');
  const isWords = mediaType?.startsWith('text/') === true && bytes !== null;
  return {
    ...emptyMedia,
    kind: mediaKind(mediaType),
    data: bytes,
    url: textIn(data, 'fileUri', 'file_uri'),
    mediaType,
    name: textIn(data, 'displayName', 'display_name'),
    text: isWords ? Buffer.from(bytes, 'base64').toString('utf8') : null,
  };
}

/** The response is an object; by convention `output` or `error` has the value. */
function readResponse(raw: RawObject, readNested: (content: unknown) => Part[]): ReadPart {
  const response = raw['response'];
  const fields = isObject(response) ? response : {};
  const names = Object.keys(fields);
  const only = names.length === 1 ? valueIn(fields, 'output', 'result', 'error') : undefined;
  const parts = Array.isArray(raw['parts']) ? readNested(raw['parts']) : [];
  return {
    kind: 'tool-result',
    callId: textIn(raw, 'id'),
    name: textIn(raw, 'name'),
    output: [...readNested(only ?? response), ...parts],
    isError: names.length === 1 && names[0] === 'error',
  };
}
