import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { commonFields, EXAMPLE_ID } from '../../platform/http/index.js';
import {
  BodyField,
  IsId,
  IsNested,
  IsTimeZone,
  MAX_ZONE_LENGTH,
} from '../../platform/input/index.js';
import { CONTEXT_PARTS, type ContextPart } from '../context-source.js';
import { PART_KINDS, type Part, type RawObject } from '../../conversations/parts/index.js';
import { type Breakpoint, CONTEXT_FORMATS, type ContextFormat } from '../formats.js';
import { OMITTED_REASONS, type OmittedReason } from '../plan/counted-part.js';

/** Larger than any model's window. */
const MAX_BUDGET = 100_000_000;
export const MAX_MESSAGES = 10_000;

export class MemoriesWantedDto {
  @BodyField({ description: 'Most memories to include.', example: 5 })
  @IsOptional()
  @Min(0)
  @Max(100)
  @IsInt()
  limit?: number | null;
}

export class BuildContextDto {
  @BodyField({
    examples: [8_000],
    description:
      'Most tokens (o200k_base) that the context may have. What does not fit is left out and counted in `omitted`. By default the budget of the agent configuration, otherwise 8,000.',
    example: 4000,
  })
  @IsOptional()
  @Min(1)
  @Max(MAX_BUDGET)
  @IsInt()
  budgetTokens?: number | null;

  @BodyField({
    default: 'openai',
    description: 'Provider whose message format the answer has.',
    example: 'openai',
  })
  @IsOptional()
  @IsIn(CONTEXT_FORMATS)
  format?: ContextFormat | null;

  @BodyField({
    default: MAX_MESSAGES,
    description: 'Most messages of the conversation to include.',
  })
  @IsOptional()
  @Min(1)
  @Max(MAX_MESSAGES)
  @IsInt()
  maxMessages?: number | null;

  @BodyField({
    description: 'What the next call is about. Memories are chosen by it.',
    example: 'Where shall we eat?',
  })
  @IsOptional()
  @IsString()
  @Length(1, 10_000)
  query?: string | null;

  @BodyField({
    description:
      "IANA name of the time zone of dates in the query, or in the user's last message without one. Without it, `settings.timeZone` of the user, if that is such a name, else UTC.",
    example: 'Europe/Oslo',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_ZONE_LENGTH)
  @IsTimeZone()
  timeZone?: string | null;

  @BodyField({
    description:
      'How memories are included: those that match first, then the most important of the newest, in at most an eighth of the budget.',
  })
  @IsOptional()
  @IsNested(() => MemoriesWantedDto)
  memories?: MemoriesWantedDto | null;

  @BodyField({ description: 'What to include besides the recent messages. Everything without it.' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(CONTEXT_PARTS.length)
  @ArrayUnique()
  @IsIn(CONTEXT_PARTS, { each: true })
  include?: ContextPart[] | null;

  @BodyField({
    default: false,
    description:
      "Shortens the user's last message when it is long, as all others are. Without it a last message over the budget is 422 with the tokens needed.",
  })
  @IsOptional()
  @IsBoolean()
  shortenLast?: boolean | null;

  @BodyField({
    default: false,
    description: 'Lists in `omitted.explained` each message and part that is not in the context.',
  })
  @IsOptional()
  @IsBoolean()
  explain?: boolean | null;
}

export class RepeatContextDto {
  @BodyField({ description: 'Id of a context built before. It is built again, byte for byte.' })
  @IsId()
  manifestId: string;
}

export const contextBody = {
  schema: {
    anyOf: [{ $ref: getSchemaPath(BuildContextDto) }, { $ref: getSchemaPath(RepeatContextDto) }],
  },
};

export class ManifestMessageDto {
  @ApiProperty({ type: 'integer', description: '`seq` of the message.', example: 1 }) seq: number;
  @ApiProperty(commonFields.id) id: string;
}

class ManifestSummaryDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({
    type: 'integer',
    description: '`seq` of the first message that is summarised.',
    example: 1,
  })
  fromSeq: number;
  @ApiProperty({
    type: 'integer',
    description: '`seq` of the last message that is summarised.',
    example: 40,
  })
  toSeq: number;
}

class ManifestSourceDto {
  @ApiProperty({ enum: CONTEXT_PARTS, description: 'Part of the context that it is in.' })
  part: ContextPart;
  @ApiProperty({ description: 'Id and version.' }) ref: string;
}

export class ContextManifestDto {
  @ApiProperty({ format: 'uuid', description: 'Id of the conversation.', example: EXAMPLE_ID })
  conversationId: string;
  @ApiProperty({ enum: CONTEXT_FORMATS, description: 'Format of the messages.' })
  format: ContextFormat;
  @ApiProperty({ type: 'integer', description: 'The token budget.', example: 4000 })
  budgetTokens: number;
  @ApiProperty({
    type: 'integer',
    description:
      '`seq` of the message that the conversation ended with when the context was built; 0: it showed none.',
    example: 2,
  })
  lastSeq: number;
  @ApiProperty({ type: [ManifestMessageDto], description: 'The messages in the context.' })
  messages: ManifestMessageDto[];
  @ApiProperty({ type: [ManifestSummaryDto], description: 'The summaries in the context.' })
  summaries: ManifestSummaryDto[];
  @ApiProperty({
    type: [ManifestSourceDto],
    description:
      'Memories, memory blocks and the agent configuration in the context, each with its version.',
  })
  sources: ManifestSourceDto[];
  @ApiProperty({
    description: 'SHA-256 of `system` and `messages` as they were sent, in hexadecimal.',
  })
  contentSha256: string;
}

export class OmittedPartsDto {
  @ApiProperty({ enum: PART_KINDS, description: 'Kind of the parts.' }) kind: Part['kind'];
  @ApiProperty({
    enum: OMITTED_REASONS,
    description:
      'Why: the format has no place for it, reasoning without a signature of this provider, cut off, empty, shortened, too large, or a tool call or result without the other.',
  })
  reason: OmittedReason;
  @ApiProperty({ type: 'integer', description: 'How many parts.', example: 1 }) count: number;
}

const RANGE_REASONS = [
  'no_room',
  'summarised',
  'nothing_to_send',
  'removed',
  'unfinished',
] as const;

export class OmittedRangeDto {
  @ApiProperty({ type: 'integer', description: '`seq` of the first message.', example: 1 })
  fromSeq: number;
  @ApiProperty({ type: 'integer', description: '`seq` of the last message.', example: 40 })
  toSeq: number;
  @ApiProperty({
    enum: RANGE_REASONS,
    description:
      'Why: no room in the budget, covered by a summary, nothing that can be sent, removed for good, or unfinished.',
  })
  reason: (typeof RANGE_REASONS)[number];
}

export class OmittedPartDto {
  @ApiProperty({ type: 'integer', description: '`seq` of the message.', example: 1 }) seq: number;
  @ApiProperty({ enum: PART_KINDS, description: 'Kind of the part.' }) kind: Part['kind'];
  @ApiProperty({ enum: OMITTED_REASONS, description: 'Why, as in `parts` of `omitted`.' })
  reason: OmittedReason;
}

export class ExplainedDto {
  @ApiProperty({ type: [OmittedRangeDto], description: 'Messages that are not in the context.' })
  messages: OmittedRangeDto[];
  @ApiProperty({
    type: [OmittedPartDto],
    description: 'Parts of the messages in the context that are left out or shortened.',
  })
  parts: OmittedPartDto[];
}

export class OmittedDto {
  @ApiProperty({
    type: 'integer',
    description: 'Messages of the conversation that are not in the context.',
    example: 0,
  })
  messages: number;
  @ApiProperty({
    type: 'integer',
    description: 'How many of the omitted messages a summary in the context covers.',
    example: 0,
  })
  summarised: number;
  @ApiProperty({
    type: 'integer',
    description:
      'Pinned messages, system messages and summaries that belong in the context and did not fit the budget.',
    example: 0,
  })
  unfitting: number;
  @ApiProperty({
    type: 'integer',
    description: 'Tool calls without a result and results without a call. Providers refuse them.',
    example: 0,
  })
  unpairedToolParts: number;
  @ApiProperty({
    type: [OmittedPartsDto],
    description: 'Parts of the messages in the context that are left out or shortened.',
  })
  parts: OmittedPartsDto[];
  @ApiProperty({
    type: [ManifestMessageDto],
    required: false,
    description: 'Messages near the window that were removed for good, at most 100.',
  })
  removed?: ManifestMessageDto[];
  @ApiProperty({
    type: [ManifestMessageDto],
    required: false,
    description: 'Messages near the window that are in progress or failed, at most 100.',
  })
  unfinished?: ManifestMessageDto[];
  @ApiProperty({
    type: ExplainedDto,
    required: false,
    description: 'Each message and part that is not in the context. Only with `explain`.',
  })
  explained?: ExplainedDto;
  @ApiProperty({
    type: [String],
    required: false,
    description:
      "JSON Pointers of the user's overrides that the agent configuration does not allow. Absent when there are none.",
  })
  overrides?: string[];
}

class BreakpointDto implements Breakpoint {
  @ApiProperty({ enum: ['system', 'messages'], description: 'The list that `index` counts in.' })
  in: 'system' | 'messages';
  @ApiProperty({
    type: 'integer',
    description: 'Index of the last item to cache, from 0.',
    example: 0,
  })
  index: number;
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
    description: 'Blocks for the system prompt. Only in the formats of Anthropic and Gemini.',
  })
  system?: RawObject[];
  @ApiProperty({
    ...providerMessages,
    description: "Messages for the next model call, in the provider's order and format.",
    example: [{ role: 'user', content: 'Where shall we eat?' }],
  })
  messages: RawObject[];
  @ApiProperty({
    type: 'integer',
    description: 'Tokens of the whole context; never more than the budget.',
    example: 9,
  })
  tokens: number;
  @ApiProperty({
    description:
      'Encoding by which tokens are counted. For providers that publish none it is an estimate.',
    example: 'o200k_base',
  })
  tokenEncoding: string;
  @ApiProperty({
    format: 'uuid',
    description: 'Id under which this context can be built again.',
    example: EXAMPLE_ID,
  })
  manifestId: string;
  @ApiProperty({ type: ContextManifestDto, description: 'What the context was built from.' })
  manifest: ContextManifestDto;
  @ApiProperty({
    description:
      'SHA-256 of the beginning that stays the same, byte for byte, until the conversation is compacted. In hexadecimal.',
  })
  prefixSha256: string;
  @ApiProperty({
    type: [BreakpointDto],
    description: "Where to set the cache marks of the provider's prompt cache.",
  })
  cacheBreakpoints: BreakpointDto[];
  @ApiProperty({ type: OmittedDto, description: 'What is not in the context.' })
  omitted: OmittedDto;
}
