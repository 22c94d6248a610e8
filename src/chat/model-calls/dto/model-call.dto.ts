import { ApiProperty } from '@nestjs/swagger';
import { commonFields } from '../../../platform/http/index.js';
import { type EntityOrRow, rfc3339, rfc3339OrNull } from '../../../platform/input/index.js';
import { PageOf } from '../../../platform/list/index.js';
import { TurnErrorDto, TurnUsageDto } from '../../turns/dto/turn.dto.js';
import {
  MODEL_CALL_STATES,
  type ModelCallRecord,
  type ModelCallState,
  PRIORITIES,
  type Priority,
} from '../model-call.entity.js';
import type { ModelCallRow } from '../model-call-row.js';

const PRIORITY_NAMES = Object.keys(PRIORITIES) as Priority[];

export class ListedModelCallDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({
    enum: MODEL_CALL_STATES,
    description:
      '`completed`, `failed` and `cancelled` are final. One that has failed can be tried again.',
    example: 'completed',
  })
  state: ModelCallState;
  @ApiProperty({ enum: PRIORITY_NAMES, description: 'Higher ones run first.', example: 'normal' })
  priority: Priority;
  @ApiProperty({ description: 'The provider.', example: 'openai' }) provider: string;
  @ApiProperty({ description: 'The model.', example: 'gpt-5-mini' }) model: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why the model ended its reply: `stop`, `length`, `tool-calls`, …',
    example: 'stop',
  })
  finishReason: string | null;
  @ApiProperty({
    type: TurnUsageDto,
    nullable: true,
    description: 'Tokens of the call, as the provider counts.',
  })
  usage: TurnUsageDto | null;
  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'US dollars by `MODEL_PRICES`; null without a price.',
    example: null,
  })
  costUsd: number | null;
  @ApiProperty({
    type: TurnErrorDto,
    nullable: true,
    description: 'Why there is no whole reply.',
    example: null,
  })
  error: TurnErrorDto | null;
  @ApiProperty({
    type: 'integer',
    description: 'Runs that began, since the call was made or tried again.',
    example: 1,
  })
  attempts: number;
  @ApiProperty(commonFields.createdAt) createdAt: string;
  @ApiProperty({
    ...commonFields.createdAt,
    type: String,
    nullable: true,
    description: 'When it first began to run.',
  })
  startedAt: string | null;
  @ApiProperty({
    ...commonFields.createdAt,
    type: String,
    nullable: true,
    description: 'When it ended.',
  })
  finishedAt: string | null;
}

export class ModelReplyToolCallDto {
  @ApiProperty({ description: 'Id of the call, for its result.', example: 'call_1' })
  toolCallId: string;
  @ApiProperty({ description: 'Name of the tool.', example: 'find_place' }) toolName: string;
  @ApiProperty({
    description: 'The arguments: an object, or a text that is not the JSON of one.',
    type: 'object',
    additionalProperties: true,
    example: { city: 'Rome' },
  })
  input: unknown;
}

export class ModelReplyDto {
  @ApiProperty({ description: 'The texts of the reply, joined.', example: 'At the market.' })
  text: string;
  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'All parts of the reply, as the content of a message: send them back as they are.',
    example: [{ type: 'text', text: 'At the market.' }],
  })
  parts: Record<string, unknown>[];
  @ApiProperty({
    type: [ModelReplyToolCallDto],
    description: 'The tools that the model calls. The application runs them.',
    example: [],
  })
  toolCalls: ModelReplyToolCallDto[];
}

export class ModelCallDto extends ListedModelCallDto {
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description:
      'Of a call that waits: how many waiting calls of the user at the provider come before it.',
    example: null,
  })
  queuePosition: number | null;
  @ApiProperty({
    type: ModelReplyDto,
    nullable: true,
    description: 'What the model said. A call that failed or was cancelled may have a beginning.',
  })
  reply: ModelReplyDto | null;
}

export const ModelCallPageDto = PageOf(ListedModelCallDto);

export type ListedModelCallRow = EntityOrRow<
  Pick<
    ModelCallRecord,
    | 'id'
    | 'state'
    | 'priority'
    | 'provider'
    | 'model'
    | 'finishReason'
    | 'usage'
    | 'costUsd'
    | 'error'
    | 'attempts'
    | 'createdAt'
    | 'startedAt'
    | 'finishedAt'
  >
>;

const priorityOf = (number: number): Priority =>
  PRIORITY_NAMES.find((name) => PRIORITIES[name] === number)!;

export const toListedModelCallDto = ({
  usage,
  ...call
}: ListedModelCallRow): ListedModelCallDto => ({
  id: call.id,
  state: call.state,
  priority: priorityOf(call.priority),
  provider: call.provider,
  model: call.model,
  finishReason: call.finishReason,
  usage: usage && {
    inputTokens: usage.inputTokens,
    cachedInputTokens: usage.cachedInputTokens,
    outputTokens: usage.outputTokens,
    reasoningTokens: usage.reasoningTokens,
  },
  costUsd: call.costUsd,
  error: call.error && { code: call.error.code, message: call.error.message },
  attempts: call.attempts,
  createdAt: rfc3339(call.createdAt),
  startedAt: rfc3339OrNull(call.startedAt),
  finishedAt: rfc3339OrNull(call.finishedAt),
});

export const toModelCallDto = ({ reply, queuePosition, ...call }: ModelCallRow): ModelCallDto => ({
  ...toListedModelCallDto(call),
  queuePosition,
  reply: reply === null ? null : replyOf(JSON.parse(reply) as Record<string, unknown>[]),
});

function replyOf(parts: Record<string, unknown>[]): ModelReplyDto {
  const texts = parts.filter(({ type }) => type === 'text').map(({ text }) => text as string);
  const toolCalls = parts
    .filter(({ type }) => type === 'tool-call')
    .map(({ toolCallId, toolName, input }) => ({
      toolCallId: toolCallId as string,
      toolName: toolName as string,
      input,
    }));
  return { text: texts.join(''), parts, toolCalls };
}
