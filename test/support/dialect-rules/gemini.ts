// Published rules of the Gemini API, by `Content` and `Part` of the official SDK and the errors that
// the API names. Roles alternate, but what a user says after function responses is a content of its
// own: newer models refuse a content that holds anything beside function responses.
import { z } from 'zod';
import {
  anything,
  at,
  base64,
  type Checker,
  filled,
  firstFault,
  record,
  shape,
  shapeFault,
  text,
  WaitingCalls,
} from './rule.js';

const name = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/, 'illegal name of a function');
/** The types that the API documents for images, sounds, videos and documents. */
const mediaType = z
  .string()
  .regex(
    new RegExp(
      '^(?:image/(?:png|jpeg|webp|heic|heif)|audio/(?:wav|mp3|mpeg|aiff|aac|ogg|flac|mp4|m4a|webm|pcm|x-wav)' +
        '|video/(?:mp4|mpeg|mov|quicktime|avi|x-msvideo|x-flv|mpg|webm|wmv|x-ms-wmv|3gpp)' +
        '|application/(?:pdf|json|xml|rtf|x-javascript|x-python|javascript)|text/[\\w.+-]+)$',
    ),
    'media type that is not taken',
  );
/** Uploads, storage and public addresses. */
const fileUri = z.string().regex(/^(?:gs|https):\/\/[^\s/]/, 'no address of a file');
const blob = shape({ mimeType: mediaType, data: base64 });

const DATA: Record<string, z.ZodType> = {
  text,
  inlineData: blob,
  fileData: shape({ fileUri }, { mimeType: mediaType }),
  functionCall: shape({ name, args: record }, { id: filled }),
  functionResponse: shape(
    { name, response: record },
    {
      id: filled,
      parts: z.array(shape({}, { inlineData: blob, fileData: anything })).min(1),
      scheduling: text,
      willContinue: z.boolean(),
    },
  ),
  executableCode: shape({ code: filled, language: filled }, { id: filled }),
  codeExecutionResult: shape({ outcome: filled }, { output: text, id: filled }),
  toolCall: shape({}, { id: filled, toolType: text, args: record }),
  toolResponse: shape({}, { id: filled, toolType: text, response: record }),
};
const part = shape(
  {},
  {
    ...DATA,
    thought: z.boolean(),
    thoughtSignature: filled,
    videoMetadata: record,
    mediaResolution: record,
    partMetadata: record,
  },
);
const content = shape({ role: z.enum(['user', 'model']), parts: z.array(record).min(1) });
const systemPart = shape({ text: filled });

interface FunctionPart {
  name: string;
  id?: string;
}

interface Part {
  text?: string;
  functionCall?: FunctionPart;
  functionResponse?: FunctionPart;
  thoughtSignature?: string;
}

interface Content {
  role: string;
  parts: Part[];
}

/** Parts that only one of the two sides may have. */
const OF_MODEL = ['functionCall', 'executableCode', 'codeExecutionResult', 'toolCall', 'thought'];
const OF_USER = ['functionResponse'];

export const checkGemini: Checker = ({ system = [], messages }) => {
  const contents = messages as Content[];
  const ids = new Set<string>();
  return (
    firstFault(system, (one, index) => shapeFault(systemPart, one, `system[${index}]`)) ??
    firstFault(contents, (one, index) => {
      const place = `messages[${index}]`;
      const before = contents[index - 1];
      return (
        shapeFault(content, one, place) ??
        faultOfOrder(one, before, place) ??
        firstFault(one.parts, (each, i) => faultOfPart(each, one.role, `${place}.parts[${i}]`)) ??
        at(place, faultOfResponses(one, before)) ??
        at(
          place,
          firstFault(callsIn(one), ({ id }) => {
            if (id !== undefined && ids.has(id)) return `call id ${id} is used twice`;
            if (id !== undefined) ids.add(id);
            return null;
          }),
        )
      );
    }) ??
    at('end', callsIn(contents.at(-1)).length > 0 ? 'calls without responses' : null)
  );
};

const callsIn = (one: Content | undefined): FunctionPart[] =>
  (one?.parts ?? []).flatMap(({ functionCall }) => functionCall ?? []);
const responsesIn = (one: Content | undefined): FunctionPart[] =>
  (one?.parts ?? []).flatMap(({ functionResponse }) => functionResponse ?? []);

function faultOfOrder(one: Content, before: Content | undefined, place: string): string | null {
  if (!before) return one.role === 'user' ? null : `${place}: begins with the model`;
  if (one.role !== before.role) return null;
  const followsResponses = responsesIn(before).length > 0 && responsesIn(one).length === 0;
  return followsResponses ? null : `${place}: second content of ${one.role} in a row`;
}

function faultOfPart(one: Part, role: string, place: string): string | null {
  const misshapen = shapeFault(part, one, place);
  if (misshapen !== null) return misshapen;
  const fields = Object.keys(one);
  const data = fields.filter((field) => Object.hasOwn(DATA, field));
  if (data.length !== 1) return `${place}: ${data.length} fields with data`;
  const foreign = fields.find((field) => (role === 'user' ? OF_MODEL : OF_USER).includes(field));
  if (foreign !== undefined) return `${place}: ${foreign} of the other side`;
  return one.text === '' && one.thoughtSignature === undefined ? `${place}: empty text` : null;
}

/** Responses answer the calls of the content before: all of them, in order, and nothing else. */
function faultOfResponses(one: Content, before: Content | undefined): string | null {
  const responses = responsesIn(one);
  const due = callsIn(before);
  if (responses.length !== due.length)
    return `${due.length} calls are answered by ${responses.length} responses`;
  if (responses.length > 0 && responses.length < one.parts.length)
    return 'parts beside function responses';
  const calls = new WaitingCalls();
  due.forEach((call, i) => calls.call(`${i} ${call.name} ${call.id ?? ''}`));
  return firstFault(responses, (response, i) =>
    calls.answer(`${i} ${response.name} ${response.id ?? ''}`),
  );
}
