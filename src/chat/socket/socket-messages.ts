// Reads the messages that a client sends over a WebSocket.
import { IsIn, IsInt, IsString, Length, Max, Min } from 'class-validator';
import { IsConversationReference } from '../../conversations/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import {
  IsId,
  IsOmittable,
  isPlainObject,
  JSON_LIMITS,
  parseJson,
  validateBody,
  words,
} from '../../platform/input/index.js';

const MAX_SEQ = 2_147_483_647;
const MAX_ID_LENGTH = 64;
const MAX_EVENT_ID_LENGTH = 400;
const LIMITS = { ...JSON_LIMITS, depth: 4 };

/** Watches a conversation, one turn of it, or a model call. */
export class WatchMessage {
  @IsIn(['watch'])
  type: 'watch';

  /** Names the watch; by default the id of what is watched. */
  @IsOmittable()
  @IsString()
  @Length(1, MAX_ID_LENGTH)
  id?: string;

  @IsOmittable()
  @IsConversationReference()
  conversationId?: string;

  @IsOmittable()
  @IsId()
  turnId?: string;

  @IsOmittable()
  @IsId()
  modelCallId?: string;

  /** Of a conversation: the last message that the client has. */
  @IsOmittable()
  @IsInt()
  @Min(0)
  @Max(MAX_SEQ)
  afterSeq?: number;

  /** Id of the last event that the client has. */
  @IsOmittable()
  @IsString()
  @Length(1, MAX_EVENT_ID_LENGTH)
  lastEventId?: string;
}

export class UnwatchMessage {
  @IsIn(['unwatch'])
  type: 'unwatch';

  @IsString()
  @Length(1, MAX_ID_LENGTH)
  id: string;
}

/** @throws AppError 400, or 422 with a pointer to each wrong field */
export function readSocketMessage(bytes: Buffer): WatchMessage | UnwatchMessage {
  const value = parseJson(bytes, LIMITS);
  const type = isPlainObject(value) ? value['type'] : undefined;
  if (type === 'unwatch') return validateBody(UnwatchMessage, value);
  const watch = validateBody(WatchMessage, value);
  const { conversationId, turnId, modelCallId, afterSeq } = watch;
  if ((conversationId === undefined) === (modelCallId === undefined))
    throw refused('/conversationId', 'must be there, or else modelCallId');
  if (modelCallId !== undefined && turnId !== undefined) throw refused('/turnId', words.unknown);
  if (afterSeq !== undefined && (turnId ?? modelCallId) !== undefined)
    throw refused('/afterSeq', words.unknown);
  return watch;
}

const refused = (pointer: string, message: string): Error =>
  RequestErrors.invalidBody({ errors: [{ pointer, message }] });
