// What a chat completion answers, by the names of OpenAI.
import { ApiProperty } from '@nestjs/swagger';
import { EXAMPLE_ID } from '../../../../platform/http/index.js';

export const FINISHES = ['stop', 'length', 'tool_calls', 'content_filter'] as const;
export type CompletionFinish = (typeof FINISHES)[number];

export class CalledFunctionDto {
  @ApiProperty({ description: 'Name of the function.', example: 'find_place' }) name: string;
  @ApiProperty({ description: 'Its input as JSON text.', example: '{"near":"harbour"}' })
  arguments: string;
}

export class CompletionCallDto {
  @ApiProperty({ description: 'Id, which the result names.', example: 'call_1' }) id: string;
  @ApiProperty({ enum: ['function'], description: 'Kind of the tool.' }) type: 'function';
  @ApiProperty({ type: CalledFunctionDto, description: 'What is called.' })
  function: CalledFunctionDto;
}

export class CompletionMessageDto {
  @ApiProperty({ enum: ['assistant'], description: 'Who says it.' }) role: 'assistant';
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The words; null without any.',
    example: 'At the market hall.',
  })
  content: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Always null.', example: null })
  refusal: null;
  @ApiProperty({ required: false, description: 'What the model thought, when it tells.' })
  reasoning_content?: string;
  @ApiProperty({
    type: [CompletionCallDto],
    required: false,
    description: 'Calls whose results the model waits for.',
  })
  tool_calls?: CompletionCallDto[];
}

export class CompletionChoiceDto {
  @ApiProperty({ type: 'integer', description: 'Always 0.', example: 0 }) index: number;
  @ApiProperty({ type: CompletionMessageDto, description: 'The answer.' })
  message: CompletionMessageDto;
  @ApiProperty({ type: Object, nullable: true, description: 'Always null.', example: null })
  logprobs: null;
  @ApiProperty({ enum: FINISHES, description: 'Why the model ended.', example: 'stop' })
  finish_reason: CompletionFinish;
}

export class CompletionUsageDto {
  @ApiProperty({ type: 'integer', description: 'Tokens of the context.', example: 420 })
  prompt_tokens: number;
  @ApiProperty({ type: 'integer', description: 'Tokens of the answer.', example: 12 })
  completion_tokens: number;
  @ApiProperty({ type: 'integer', description: 'Both.', example: 432 })
  total_tokens: number;
  @ApiProperty({
    type: 'object',
    properties: { cached_tokens: { type: 'integer', description: 'Tokens.', example: 0 } },
    description: 'Tokens that the provider had cached.',
  })
  prompt_tokens_details: { cached_tokens: number };
  @ApiProperty({
    type: 'object',
    properties: { reasoning_tokens: { type: 'integer', description: 'Tokens.', example: 0 } },
    description: 'Tokens of thoughts.',
  })
  completion_tokens_details: { reasoning_tokens: number };
}

/** Where the answer is stored. */
export class CompletionPlaceDto {
  @ApiProperty({ format: 'uuid', description: 'Id of the conversation.', example: EXAMPLE_ID })
  conversationId: string;
  @ApiProperty({ format: 'uuid', description: 'Id of the turn.', example: EXAMPLE_ID })
  turnId: string;
  @ApiProperty({ format: 'uuid', description: 'Id of the message.', example: EXAMPLE_ID })
  messageId: string;
}

export class CompletionDto {
  @ApiProperty({ description: 'Made of the id of the message.', example: `chatcmpl-${EXAMPLE_ID}` })
  id: string;
  @ApiProperty({ enum: ['chat.completion'], description: 'Kind of the object.' })
  object: 'chat.completion';
  @ApiProperty({ type: 'integer', description: 'Seconds since 1970.', example: 1_763_000_000 })
  created: number;
  @ApiProperty({ description: 'The model as the request names it.', example: 'openai/gpt-5-mini' })
  model: string;
  @ApiProperty({ type: [CompletionChoiceDto], description: 'One answer.' })
  choices: CompletionChoiceDto[];
  @ApiProperty({
    type: CompletionUsageDto,
    required: false,
    description: 'What this answer took. Left out when the provider does not tell.',
  })
  usage?: CompletionUsageDto;
  @ApiProperty({ type: CompletionPlaceDto, description: 'Where the answer is stored.' })
  threadkeep: CompletionPlaceDto;
}
