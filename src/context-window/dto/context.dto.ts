import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsId } from '../../platform/input/index.js';
import { CONTEXT_PARTS, type ContextPart } from '../context-source.js';
import {
  type Breakpoint,
  CONTEXT_FORMATS,
  type ContextFormat,
  type ProviderMessage,
} from '../formats/index.js';

/** Larger than any model's window. */
const MAX_BUDGET = 100_000_000;
export const MAX_MESSAGES = 10_000;

export class MemoriesWantedDto {
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    maximum: 100,
    required: false,
    nullable: true,
    description: 'How many at most.',
  })
  @IsOptional()
  @Min(0)
  @Max(100)
  @IsInt()
  limit?: number | null;
}

export class BuildContextDto {
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: MAX_BUDGET,
    examples: [8_000],
    required: false,
    nullable: true,
    description:
      'Tokens (o200k_base) that the context may take. It never takes more; what does not fit is left out and counted. Without it, as many as the agent configuration says, else 8,000.',
  })
  @IsOptional()
  @Min(1)
  @Max(MAX_BUDGET)
  @IsInt()
  budgetTokens?: number | null;

  @ApiProperty({ enum: CONTEXT_FORMATS, required: false, nullable: true, default: 'openai' })
  @IsOptional()
  @IsIn(CONTEXT_FORMATS)
  format?: ContextFormat | null;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: MAX_MESSAGES,
    required: false,
    nullable: true,
    default: MAX_MESSAGES,
    description: 'Messages of the conversation, at most.',
  })
  @IsOptional()
  @Min(1)
  @Max(MAX_MESSAGES)
  @IsInt()
  maxMessages?: number | null;

  @ApiProperty({
    type: String,
    minLength: 1,
    maxLength: 10_000,
    required: false,
    nullable: true,
    description: 'What the next call is about, for what is chosen by relevance.',
  })
  @IsOptional()
  @IsString()
  @Length(1, 10_000)
  query?: string | null;

  @ApiProperty({ type: MemoriesWantedDto, required: false, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => MemoriesWantedDto)
  memories?: MemoriesWantedDto | null;

  @ApiProperty({
    enum: CONTEXT_PARTS,
    isArray: true,
    uniqueItems: true,
    required: false,
    nullable: true,
    description:
      'What goes in besides the recent messages; everything there is when it is left out.',
  })
  @IsOptional()
  @IsArray()
  @ArrayUnique()
  @IsIn(CONTEXT_PARTS, { each: true })
  include?: ContextPart[] | null;
}

export class RepeatContextDto {
  @ApiProperty({
    format: 'uuid',
    description: 'Of a context that was given out: it is made again, byte for byte.',
  })
  @IsId()
  manifestId: string;
}

export const contextBody = {
  schema: {
    anyOf: [{ $ref: getSchemaPath(BuildContextDto) }, { $ref: getSchemaPath(RepeatContextDto) }],
  },
};

class ManifestMessageDto {
  @ApiProperty({ type: 'integer' }) seq: number;
  @ApiProperty({ format: 'uuid' }) id: string;
}

class ManifestSummaryDto {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({ type: 'integer' }) fromSeq: number;
  @ApiProperty({ type: 'integer' }) toSeq: number;
}

class ManifestSourceDto {
  @ApiProperty({ enum: CONTEXT_PARTS }) part: ContextPart;
  @ApiProperty({ description: 'An id with its version.' }) ref: string;
}

export class ContextManifestDto {
  @ApiProperty({ format: 'uuid' }) conversationId: string;
  @ApiProperty({ enum: CONTEXT_FORMATS }) format: ContextFormat;
  @ApiProperty({ type: 'integer' }) budgetTokens: number;
  @ApiProperty({
    type: 'integer',
    description: 'The last message of the conversation at that moment.',
  })
  lastSeq: number;
  @ApiProperty({ type: [ManifestMessageDto] }) messages: ManifestMessageDto[];
  @ApiProperty({ type: [ManifestSummaryDto] }) summaries: ManifestSummaryDto[];
  @ApiProperty({
    type: [ManifestSourceDto],
    description: 'Memories, blocks and the agent configuration, by version.',
  })
  sources: ManifestSourceDto[];
  @ApiProperty({ description: 'Of `system` and `messages` as they were sent.' })
  contentSha256: string;
}

export class OmittedDto {
  @ApiProperty({
    type: 'integer',
    description: 'Messages of the conversation that are not in the context.',
  })
  messages: number;
  @ApiProperty({
    type: 'integer',
    description: 'How many of them a summary in the context stands for.',
  })
  summarised: number;
  @ApiProperty({
    type: 'integer',
    description:
      'Pinned and system messages, summaries and the like that should have been kept and did not fit.',
  })
  unfitting: number;
  @ApiProperty({
    type: 'integer',
    description: 'Tool calls without a result, and results without a call.',
  })
  unpairedToolParts: number;
  @ApiProperty({
    type: [String],
    required: false,
    description:
      'Paths of what the user laid over the agent configuration and the service does not let users change, where there is any.',
  })
  overrides?: string[];
}

class BreakpointDto implements Breakpoint {
  @ApiProperty({ enum: ['system', 'messages'] }) in: 'system' | 'messages';
  @ApiProperty({ type: 'integer' }) index: number;
}

const providerMessages = {
  type: 'array',
  items: { type: 'object', additionalProperties: true },
} as const;

@ApiExtraModels(BuildContextDto, RepeatContextDto)
export class ContextDto {
  @ApiProperty({
    ...providerMessages,
    required: false,
    description: 'Blocks for `system`, in the format of Anthropic only.',
  })
  system?: ProviderMessage[];
  @ApiProperty({
    ...providerMessages,
    description: 'For the next model call, in the order and the format the provider takes.',
  })
  messages: ProviderMessage[];
  @ApiProperty({ type: 'integer', description: 'Tokens of all of it, never more than the budget.' })
  tokens: number;
  @ApiProperty({ format: 'uuid' }) manifestId: string;
  @ApiProperty({ type: ContextManifestDto }) manifest: ContextManifestDto;
  @ApiProperty({
    description:
      'Of the beginning that stays the same, byte for byte, until the conversation is compacted.',
  })
  prefixSha256: string;
  @ApiProperty({
    type: [BreakpointDto],
    description:
      "After which blocks or messages a provider's prompt cache is best told to keep what it has read.",
  })
  cacheBreakpoints: BreakpointDto[];
  @ApiProperty({ type: OmittedDto }) omitted: OmittedDto;
}
