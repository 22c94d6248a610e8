import { ApiProperty } from '@nestjs/swagger';
import { commonFields, EXAMPLE_ID } from '../../../platform/http/index.js';
import { TURN_STATES, type TurnState } from '../turn.entity.js';
import type { ShownTurn } from '../turns.repository.js';

export class TurnErrorDto {
  @ApiProperty({ description: 'A code, such as `model.timeout`.', example: 'model.timeout' })
  code: string;
  @ApiProperty({ description: 'What happened, for people.', example: 'The model took too long.' })
  message: string;
}

export class TurnUsageDto {
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Tokens of the context.',
    example: 420,
  })
  inputTokens: number | null;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Tokens of the context that the provider had cached.',
    example: 0,
  })
  cachedInputTokens: number | null;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Tokens of the reply.',
    example: 61,
  })
  outputTokens: number | null;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Tokens of the reply that are reasoning.',
    example: 0,
  })
  reasoningTokens: number | null;
}

export class TurnReplyCacheUseDto {
  @ApiProperty({ description: 'Whether the reply is one of before.', example: true }) hit: boolean;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Of a hit: seconds since the model gave it.',
    example: 12,
  })
  ageSeconds: number | null;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Of a hit: tokens of the call that was saved.',
    example: 481,
  })
  savedTokens: number | null;
  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Of a hit: US dollars of that call; null without a price.',
    example: null,
  })
  savedCostUsd: number | null;
}

export class ToolRoundDto {
  @ApiProperty({
    format: 'uuid',
    description: 'Id of the reply in which the model called tools.',
    example: EXAMPLE_ID,
  })
  replyId: string;
  @ApiProperty({ type: 'integer', description: '`seq` of that message.', example: 2 })
  replySeq: number;
  @ApiProperty({
    format: 'uuid',
    description: 'Id of the message with the results.',
    example: EXAMPLE_ID,
  })
  resultsId: string;
  @ApiProperty({ type: 'integer', description: '`seq` of that message.', example: 3 })
  resultsSeq: number;
  @ApiProperty({
    format: 'uuid',
    type: String,
    nullable: true,
    description: 'Id of the context that the model got for the reply.',
    example: EXAMPLE_ID,
  })
  manifestId: string | null;
}

export class TurnDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({ format: 'uuid', description: 'Id of the conversation.', example: EXAMPLE_ID })
  conversationId: string;
  @ApiProperty({
    enum: TURN_STATES,
    description:
      '`completed`, `failed`, `cancelled` and `interrupted` are final. `waiting_for_tools`: send the results of the calls.',
    example: 'running',
  })
  state: TurnState;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Of a turn that waits for others: how many turns come before it.',
    example: null,
  })
  queuePosition: number | null;
  @ApiProperty({
    format: 'uuid',
    type: String,
    nullable: true,
    description: 'Id of the message that the model writes; null while the turn waits for others.',
    example: EXAMPLE_ID,
  })
  replyId: string | null;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: '`seq` of that message.',
    example: 2,
  })
  replySeq: number | null;
  @ApiProperty({
    type: [ToolRoundDto],
    description:
      'Rounds of tools that the service has run, since the turn began or the application gave results.',
    example: [],
  })
  rounds: ToolRoundDto[];
  @ApiProperty({
    format: 'uuid',
    type: String,
    nullable: true,
    description: 'Id of the context that the model got: read it with `GET …/context/:manifestId`.',
    example: EXAMPLE_ID,
  })
  manifestId: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The provider.', example: 'openai' })
  provider: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The model.', example: 'gpt-5-mini' })
  model: string | null;
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
    description: 'Tokens of all calls of the turn, as the provider counts.',
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
    type: TurnReplyCacheUseDto,
    nullable: true,
    description: 'What the cache of replies did; null when it was not asked.',
    example: null,
  })
  replyCache: TurnReplyCacheUseDto | null;
  @ApiProperty({
    type: TurnErrorDto,
    nullable: true,
    description: 'Why there is no whole reply.',
    example: null,
  })
  error: TurnErrorDto | null;
  @ApiProperty(commonFields.createdAt) createdAt: string;
  @ApiProperty({
    ...commonFields.createdAt,
    type: String,
    nullable: true,
    description: 'When it was begun.',
  })
  startedAt: string | null;
  @ApiProperty({
    ...commonFields.createdAt,
    type: String,
    nullable: true,
    description: 'When the model said its first word.',
  })
  firstOutputAt: string | null;
  @ApiProperty({
    ...commonFields.createdAt,
    type: String,
    nullable: true,
    description: 'When it ended.',
  })
  finishedAt: string | null;
}

export class TurnListDto {
  @ApiProperty({ type: [TurnDto], description: 'The turns, newest first.' })
  data: TurnDto[];
}

export const toTurnDto = ({ usage, ...turn }: ShownTurn): TurnDto => ({
  id: turn.id,
  conversationId: turn.conversationId,
  state: turn.state,
  queuePosition: turn.queuePosition,
  replyId: turn.replyId,
  replySeq: turn.replySeq,
  rounds: turn.rounds.map(({ replyId, replySeq, resultsId, resultsSeq, manifestId }) => ({
    ...{ replyId, replySeq, resultsId, resultsSeq, manifestId },
  })),
  manifestId: turn.manifestId,
  provider: turn.provider,
  model: turn.model,
  finishReason: turn.finishReason,
  usage: usage && {
    inputTokens: usage.inputTokens,
    cachedInputTokens: usage.cachedInputTokens,
    outputTokens: usage.outputTokens,
    reasoningTokens: usage.reasoningTokens,
  },
  costUsd: turn.costUsd,
  replyCache: turn.replyCache,
  error: turn.error,
  createdAt: turn.createdAt,
  startedAt: turn.startedAt,
  firstOutputAt: turn.firstOutputAt,
  finishedAt: turn.finishedAt,
});
