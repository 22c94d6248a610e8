// Published rules of UI messages of the AI SDK, by `uiMessagesSchema` of the package `ai`, and by
// what `convertToModelMessages` needs: each call has its result.
import { z } from 'zod';
import {
  anything,
  type Checker,
  filled,
  firstFault,
  nullable,
  record,
  shape,
  shapeFault,
  text,
  typed,
} from './rule.js';

const metadata = { providerMetadata: record };
const state = z.enum(['streaming', 'done']);
const url = z.string().regex(/^(?:https?:\/\/[^\s/]|data:[\w.+/-]+;base64,[\w+/])/, 'no address');

const textPart = typed('text', { text }, { state, ...metadata });
const PARTS: Record<string, z.ZodObject> = {
  text: textPart,
  reasoning: typed('reasoning', { text }, { id: text, state, ...metadata }),
  'source-url': typed(
    'source-url',
    { sourceId: filled, url: filled },
    { title: text, ...metadata },
  ),
  'source-document': typed(
    'source-document',
    { sourceId: filled, mediaType: filled, title: text },
    { filename: text, ...metadata },
  ),
  file: typed('file', { mediaType: filled, url }, { filename: text, ...metadata }),
  'step-start': typed('step-start'),
};
const dataPart = shape({ type: text, data: anything }, { id: text });

/** What the schema calls unknown, but must be there. */
const something = z.unknown().refine((value) => value !== undefined, 'missing');
const called = { toolCallId: filled };
const optional = {
  providerExecuted: z.boolean(),
  callProviderMetadata: record,
  resultProviderMetadata: record,
  toolMetadata: record,
  title: text,
};
const approval = shape(
  { id: text },
  { approved: z.boolean(), reason: text, descriptor: anything, signature: text },
);
/** The states of a call that has its result. Without it the conversion throws. */
const STATES: Record<string, { required: z.ZodRawShape; optional: z.ZodRawShape }> = {
  'output-available': {
    required: { input: record, output: something },
    optional: { preliminary: z.boolean(), approval },
  },
  'output-error': {
    required: { errorText: text },
    optional: { input: nullable(record), rawInput: anything, approval },
  },
  'output-denied': { required: { input: record, approval }, optional: {} },
};

const message = shape(
  {
    id: filled,
    role: z.enum(['system', 'user', 'assistant']),
    parts: z.array(record).min(1),
  },
  { metadata: anything },
);
const ROLE_PARTS: Record<string, RegExp> = {
  system: /^text$/,
  user: /^(?:text|file|data-.+)$/,
  assistant: /./,
};

interface Part {
  type: string;
  state?: string;
  toolName?: string;
  toolCallId: string;
  text?: string;
  providerMetadata?: unknown;
}

interface Message {
  id: string;
  role: string;
  parts: Part[];
}

export const checkAiSdk: Checker = ({ system, messages }) => {
  if (system) return 'system: the format has no place for it';
  const ids = new Set<string>();
  const callIds = new Set<string>();
  return firstFault(messages as Message[], (one, index) => {
    const place = `messages[${index}]`;
    const misshapen = shapeFault(message, one, place);
    if (misshapen !== null) return misshapen;
    if (ids.has(one.id)) return `${place}: message id ${one.id} is used twice`;
    ids.add(one.id);
    return firstFault(one.parts, (part, i) => {
      const at = `${place}.parts[${i}]`;
      if (typeof part.type !== 'string' || !ROLE_PARTS[one.role]!.test(part.type))
        return `${at}: ${part.type} in a message of role ${one.role}`;
      if (isCall(part)) return faultOfCall(part, callIds, at);
      return faultOfPart(part, at);
    });
  });
};

const isCall = ({ type }: Part): boolean => type === 'dynamic-tool' || /^tool-./.test(type);

function faultOfPart(part: Part, at: string): string | null {
  const known = part.type.startsWith('data-') ? dataPart : PARTS[part.type];
  if (!known) return `${at}: unknown part ${part.type}`;
  const misshapen = shapeFault(known, part, at);
  if (misshapen !== null) return misshapen;
  return part.type === 'text' && part.text === '' && part.providerMetadata === undefined
    ? `${at}: empty text`
    : null;
}

function faultOfCall(part: Part, callIds: Set<string>, at: string): string | null {
  const known = Object.hasOwn(STATES, part.state ?? '') ? STATES[part.state!] : undefined;
  if (!known) return `${at}: state ${part.state} has no result`;
  const named: z.ZodRawShape = part.type === 'dynamic-tool' ? { toolName: filled } : {};
  const fault = shapeFault(
    shape(
      { type: text, state: text, ...named, ...called, ...known.required },
      { ...optional, ...known.optional },
    ),
    part,
    at,
  );
  if (fault !== null) return fault;
  if (callIds.has(part.toolCallId)) return `${at}: call id ${part.toolCallId} is used twice`;
  callIds.add(part.toolCallId);
  return null;
}
