import type { ApiPropertyOptions } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
} from 'class-validator';
import { CONTENT_EXAMPLES, MEMORY_LIMITS, SEARCH_LIMITS } from '../../../memory/index.js';
import { EXTERNAL_ID_FORM } from '../../../platform/context/index.js';
import type { FieldError } from '../../../platform/errors/index.js';
import {
  BodyField,
  CheckedBy,
  isBoundedObject,
  IsJsonObject,
  IsListOf,
  IsNotBlank,
  JSON_OBJECT_MAX_BYTES,
  MaxBytes,
  words,
} from '../../../platform/input/index.js';
import { KEPT } from '../mem0-filters.js';
import { MAX_NAME_CHARACTERS, MAX_USER_CHARACTERS } from '../mem0-limits.js';
import { IsDay, MAX_TIMESTAMP } from '../mem0-times.js';

const WITHOUT_EFFECT = 'Taken, and without effect.';

/** One key is that of this door. */
function metadataFaults(value: unknown): FieldError[] {
  if (!isBoundedObject(value))
    return [{ pointer: '', message: words.objectOfBytes(JSON_OBJECT_MAX_BYTES) }];
  return KEPT in value ? [{ pointer: `/${KEPT}`, message: words.unknown }] : [];
}

const METADATA = {
  type: 'object',
  additionalProperties: true,
  description: `The application's own JSON object of at most 64 KiB, without a key \`${KEPT}\`.`,
} as const;

const SPEAKERS = ['user', 'assistant', 'system'] as const;

export class Mem0MessageDto {
  @BodyField({ description: 'Who says it. What `system` says becomes no memory.' })
  @IsIn(SPEAKERS)
  role: (typeof SPEAKERS)[number];
  @BodyField({
    examples: CONTENT_EXAMPLES,
    description: 'What is said. At most 65,536 bytes.',
    example: 'Likes green tea.',
  })
  @IsString()
  @IsNotBlank()
  @Length(1, MEMORY_LIMITS.contentBytes)
  @MaxBytes(MEMORY_LIMITS.contentBytes)
  content: string;
}

export class AddMem0MemoriesDto {
  @BodyField({
    description: 'The messages, at most 1,000. Each becomes a memory as it is, or none does.',
    example: [{ role: 'user', content: 'Likes green tea.' }],
  })
  @IsListOf(() => Mem0MessageDto)
  @ArrayMinSize(1)
  @ArrayMaxSize(MEMORY_LIMITS.perCall)
  messages: Mem0MessageDto[];
  @BodyField({
    ...EXTERNAL_ID_FORM,
    description:
      'Of a service key: the user to act for, in place of the header `Threadkeep-User`. A key of a user may name that user.',
  })
  @IsOptional()
  @IsString()
  @Length(1, MAX_USER_CHARACTERS)
  user_id?: string | null;
  @BodyField({ description: 'The only agent that the memories are for.' })
  @IsOptional()
  @IsString()
  @Length(1, MEMORY_LIMITS.agentIdLength)
  agent_id?: string | null;
  @BodyField({
    description:
      'The only run that the memories are for. It is a conversation with this key, which is made when there is none.',
  })
  @IsOptional()
  @IsString()
  @Length(1, MAX_NAME_CHARACTERS)
  run_id?: string | null;
  @BodyField({ description: 'The app that the memories are of. It is kept in their metadata.' })
  @IsOptional()
  @IsString()
  @Length(1, MAX_NAME_CHARACTERS)
  app_id?: string | null;
  @BodyField({ ...METADATA })
  @IsOptional()
  @CheckedBy(metadataFaults)
  metadata?: Record<string, unknown> | null;
  @BodyField({
    default: true,
    description: 'Taken, and without effect: no model extracts anything, and the answer says so.',
  })
  @IsOptional()
  @IsBoolean()
  infer?: boolean | null;
  @BodyField({ description: 'Time from which it is true, in seconds since 1970.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_TIMESTAMP)
  timestamp?: number | null;
  @BodyField({ description: 'The last day, in UTC, before the memories are deleted and erased.' })
  @IsOptional()
  @IsDay()
  expiration_date?: string | null;
  @BodyField({ description: WITHOUT_EFFECT })
  @IsOptional()
  @IsBoolean()
  async_mode?: boolean | null;
  @BodyField({ description: WITHOUT_EFFECT })
  @IsOptional()
  @IsIn(['v1.0', 'v1.1'])
  output_format?: string | null;
  @BodyField({ description: WITHOUT_EFFECT })
  @IsOptional()
  @IsIn(['v1', 'v2', 'v3'])
  version?: string | null;
}

export class UpdateMem0MemoryDto {
  @BodyField({ examples: CONTENT_EXAMPLES, description: 'What is known.' })
  @IsOptional()
  @IsString()
  @IsNotBlank()
  @Length(1, MEMORY_LIMITS.contentBytes)
  @MaxBytes(MEMORY_LIMITS.contentBytes)
  text?: string | null;
  @BodyField({ ...METADATA })
  @IsOptional()
  @CheckedBy(metadataFaults)
  metadata?: Record<string, unknown> | null;
  @BodyField({ description: 'Time from which it is true, in seconds since 1970.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_TIMESTAMP)
  timestamp?: number | null;
  @BodyField({
    description: 'The last day, in UTC, before it is deleted and erased. Null: it stays.',
  })
  @IsOptional()
  @IsDay()
  expiration_date?: string | null;
}

const ANY_OBJECT = { type: 'object', additionalProperties: true } as const;
const NAME = { type: 'string', minLength: 1, maxLength: MAX_NAME_CHARACTERS };
const NAME_FILTER = {
  anyOf: [NAME, { type: 'array', items: NAME, minItems: 1 }, ANY_OBJECT, { type: 'null' }],
};

const FILTERS = {
  type: 'object',
  additionalProperties: true,
  properties: {
    agent_id: { ...NAME_FILTER, description: 'The agent.' },
    app_id: { ...NAME_FILTER, description: 'The app.' },
    run_id: { ...NAME_FILTER, description: 'The run.' },
    created_at: { ...ANY_OBJECT, description: 'Operators with times or dates.' },
    updated_at: { ...ANY_OBJECT, description: 'Operators with times or dates.' },
    metadata: { ...ANY_OBJECT, description: 'Values that the metadata has, at any depth.' },
  },
  description:
    'Filters of mem0: `user_id`, `agent_id`, `app_id`, `run_id`, `created_at`, `updated_at`, `categories` and `metadata`, with values or operators, and lists of filters in `AND`, `OR` and `NOT`. `user_id` names the user as the header `Threadkeep-User` does, and stands at the top or in `AND`.',
  example: { created_at: { gte: '2026-01-01' } },
} satisfies ApiPropertyOptions;

export class ListMem0MemoriesDto {
  @BodyField({ ...FILTERS })
  @IsOptional()
  @IsJsonObject()
  filters?: Record<string, unknown> | null;
  @BodyField({ description: WITHOUT_EFFECT })
  @IsOptional()
  @IsBoolean()
  latest_only?: boolean | null;
}

export class SearchMem0MemoriesDto extends ListMem0MemoriesDto {
  @BodyField({
    description: 'What to look for, in plain words.',
    example: 'What does the user drink?',
  })
  @IsString()
  @Length(1, SEARCH_LIMITS.queryLength)
  query: string;
  @BodyField({ default: 10, description: 'Most hits.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  top_k?: number | null;
  @BodyField({
    description: 'Taken, and without effect: scores are comparable within one answer only.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  threshold?: number | null;
  @BodyField({ description: WITHOUT_EFFECT })
  @IsOptional()
  @IsBoolean()
  rerank?: boolean | null;
  @BodyField({ description: WITHOUT_EFFECT })
  @IsOptional()
  @IsBoolean()
  keyword_search?: boolean | null;
  @BodyField({ description: WITHOUT_EFFECT })
  @IsOptional()
  @IsIn(['v1.0', 'v1.1'])
  output_format?: string | null;
}
