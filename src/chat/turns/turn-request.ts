// Reads the body of a turn: messages as an append reads them, and how the model is to be called.
import { type AppendInput, parseAppend } from '../../conversations/index.js';
import { MAX_FAULTS, RequestErrors, withPointers } from '../../platform/errors/index.js';
import { isPlainObject, storableFaults, validateBody } from '../../platform/input/index.js';
import type { ModelTool, ModelToolChoice } from '../models/index.js';
import { readCacheControl } from '../reply-cache/cache-control.js';
import { CreateTurnDto, ToolResultsDto, type TurnToolDto } from './dto/create-turn.dto.js';
import type { TurnRequest } from './turns.service.js';

/**
 * @param cacheControl header of the request
 * @param ttlSeconds for which replies are kept when the request does not say
 * @throws AppError `request.invalid_body` with a pointer for each wrong field
 */
export function readTurnRequest(
  body: unknown,
  cacheControl: unknown,
  ttlSeconds: number,
): TurnRequest {
  const given = validateBody(CreateTurnDto, body === undefined ? {} : body);
  const wanted = readCacheControl(cacheControl);
  // Who asks again wants another answer.
  const isAskedAgain = messagesOf(given).length === 0;
  const { tools, toolChoice } = given;
  refuseUnstorable({ tools, toolChoice });
  return {
    input: inputOf(given),
    whenBusy: given.whenBusy ?? 'reject',
    options: {
      model: given.model ?? null,
      parameters: given.parameters ?? {},
      agentConfigId: given.agentConfigId ?? null,
      agentConfigVersion: given.agentConfigVersion ?? null,
      agentConfigAlias: given.agentConfigAlias ?? null,
      context: { ...given.context },
      onCrash: given.onCrash ?? 'interrupt',
      replyCache: {
        ttlSeconds: wanted.isKept ? (given.replyCache?.ttlSeconds ?? ttlSeconds) : 0,
        maxAgeSeconds: isAskedAgain ? 0 : wanted.maxAgeSeconds,
        ...(given.replyCache?.match === 'near' ? { isNear: true } : {}),
      },
      ...(given.background === true ? { isBackground: true } : {}),
      ...(tools == null ? {} : { tools: tools.map(toModelTool) }),
      ...(toolChoice == null ? {} : { toolChoice: toolChoiceOf(toolChoice) }),
    },
  };
}

/** Reads a body and does what it asks for. A fault of `message`, which is the last of a list, leads there. */
export async function pointingToMessage<T>(body: unknown, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isPlainObject(body) || body['message'] == null) throw error;
    const { messages } = body;
    const last = `/messages/${Array.isArray(messages) ? messages.length : 0}`;
    throw withPointers(error, (pointer) =>
      pointer === last || pointer.startsWith(`${last}/`)
        ? `/message${pointer.slice(last.length)}`
        : pointer,
    );
  }
}

/**
 * Options are kept as `jsonb`, which has neither NUL nor lone surrogates.
 * @throws AppError `request.invalid_body`
 */
export function refuseUnstorable(options: object): void {
  const errors = storableFaults(options, '').slice(0, MAX_FAULTS);
  if (errors.length > 0) throw RequestErrors.invalidBody({ errors });
}

export const toModelTool = ({ name, description, parameters, strict }: TurnToolDto): ModelTool => ({
  name,
  ...(description == null ? {} : { description }),
  ...(parameters == null ? {} : { parameters }),
  ...(strict == null ? {} : { strict }),
});

const OF_ONE_TOOL = 'tool:';
export const toolChoiceOf = (text: string): ModelToolChoice =>
  text.startsWith(OF_ONE_TOOL)
    ? { name: text.slice(OF_ONE_TOOL.length) }
    : (text as Exclude<ModelToolChoice, object>);

/** @throws AppError `request.invalid_body` */
export const readToolResults = (body: unknown): AppendInput =>
  parseAppend(validateBody(ToolResultsDto, body));

const messagesOf = ({ messages, message }: CreateTurnDto): unknown[] =>
  message == null ? (messages ?? []) : [...(messages ?? []), message];

function inputOf(body: CreateTurnDto): AppendInput {
  const { format, parentId, expectedHead } = body;
  const given = messagesOf(body);
  // The place is checked as that of an append, which has messages.
  const input = parseAppend({
    messages: given.length > 0 ? given : [STAND_IN],
    parentId,
    ...(expectedHead == null ? {} : { expectedHead }),
    ...(format == null ? {} : { format }),
  });
  return given.length > 0 ? input : { ...input, messages: [] };
}

const STAND_IN = { role: 'user', content: '' };
