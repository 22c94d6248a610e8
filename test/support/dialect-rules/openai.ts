// Published rules of OpenAI's chat completions, by `ChatCompletionMessageParam` of the official SDK.
import { z } from 'zod';
import {
  at,
  base64,
  type Checker,
  dataUrl,
  filled,
  firstFault,
  jsonObjectText,
  nullable,
  oneOf,
  shape,
  shapeFault,
  text,
  typed,
  WaitingCalls,
  webUrl,
} from './rule.js';

export const IMAGE_TYPES = 'image/png|image/jpeg|image/gif|image/webp';

const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'illegal name of a function');
/** The API takes 64 characters since 2026; services that are compatible with it take 40. */
const callId = z.string().min(1).max(40);
/** The pattern that the API names when it refuses a participant's name. */
const participant = z.string().regex(/^[^\s<|\\/>]{1,64}$/, 'illegal name of a participant');
const cacheBreakpoint = {
  prompt_cache_breakpoint: nullable(shape({ mode: z.literal('explicit') })),
};

const textPart = typed('text', { text: filled }, cacheBreakpoint);
const file = z.union([
  shape({ file_id: filled }, { filename: filled }),
  shape({ file_data: dataUrl('[\\w.+/-]+'), filename: filled }),
]);
const userPart = oneOf(
  textPart,
  typed(
    'image_url',
    {
      image_url: shape(
        { url: z.union([webUrl, dataUrl(IMAGE_TYPES)]) },
        { detail: z.enum(['auto', 'low', 'high']) },
      ),
    },
    cacheBreakpoint,
  ),
  typed(
    'input_audio',
    { input_audio: shape({ data: base64, format: z.enum(['wav', 'mp3']) }) },
    cacheBreakpoint,
  ),
  typed('file', { file }, cacheBreakpoint),
);
const textOr = (part: z.ZodType): z.ZodType => z.union([filled, z.array(part).min(1)]);
const call = oneOf(
  typed('function', { id: callId, function: shape({ name: toolName, arguments: jsonObjectText }) }),
  typed('custom', { id: callId, custom: shape({ name: toolName, input: text }) }),
);

const SHAPES: Record<string, z.ZodObject> = {
  system: shape({ role: text, content: textOr(textPart) }, { name: participant }),
  developer: shape({ role: text, content: textOr(textPart) }, { name: participant }),
  user: shape({ role: text, content: textOr(userPart) }, { name: participant }),
  assistant: shape(
    { role: text },
    {
      content: nullable(textOr(oneOf(textPart, typed('refusal', { refusal: filled })))),
      refusal: nullable(filled),
      name: participant,
      audio: nullable(shape({ id: filled })),
      tool_calls: z.array(call).min(1),
    },
  ),
  tool: shape({
    role: text,
    tool_call_id: callId,
    content: z.union([text, z.array(textPart).min(1)]),
  }),
};

interface Message {
  role: string;
  content?: unknown;
  refusal?: unknown;
  audio?: unknown;
  tool_calls?: { id: string }[];
  tool_call_id: string;
}

export const checkOpenAi: Checker = ({ system, messages }) => {
  if (system) return 'system: the format has no place for it';
  if (messages.length === 0) return null;
  const calls = new WaitingCalls();
  const fault = firstFault(messages as Message[], (message, index) => {
    const place = `messages[${index}]`;
    const known = Object.hasOwn(SHAPES, message.role) ? SHAPES[message.role] : undefined;
    if (!known) return `${place}: unknown role ${message.role}`;
    const misshapen = faultOfParts(message, place) ?? shapeFault(known, message, place);
    if (misshapen !== null) return misshapen;
    if (message.role === 'tool') return at(place, calls.answer(message.tool_call_id));
    if (calls.areOpen) return at(place, calls.missing());
    if (message.role !== 'assistant') return null;
    if (!message.content && !message.refusal && !message.audio && !message.tool_calls)
      return `${place}: neither content nor calls`;
    return at(
      place,
      firstFault(message.tool_calls ?? [], ({ id }) => calls.call(id)),
    );
  });
  return fault ?? at('end', calls.missing());
};

/** Checks parts before the message, as a union tells no place. */
function faultOfParts({ role, content }: Message, place: string): string | null {
  if (role !== 'user' || !Array.isArray(content)) return null;
  return firstFault(content, (part, index) =>
    shapeFault(userPart, part, `${place}.content[${index}]`),
  );
}
