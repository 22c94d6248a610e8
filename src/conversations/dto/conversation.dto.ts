import { ApiProperty } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { commonFields, EXAMPLE_ID, EXAMPLE_TIME, sentMetadata } from '../../platform/http/index.js';
import { ALIAS } from '../../agent-config/index.js';
import {
  BodyField,
  type EntityOrRow,
  HasForm,
  IsId,
  IsOpaqueObject,
  MAX_INTEGER,
  rfc3339,
  rfc3339OrNull,
} from '../../platform/input/index.js';
import type { Conversation, ConversationStatus } from '../conversation.entity.js';

/** Characters of a key. Imports before this release had up to 500. */
export const MAX_KEY_LENGTH = 255;

export const CONVERSATION_STATUSES = ['active', 'archived'] as const;

class ConversationFields {
  @BodyField({ description: 'Title, at most 500 characters.', example: 'Trip to Lisbon' })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  title?: string | null;

  @BodyField(sentMetadata)
  @IsOptional()
  @IsOpaqueObject()
  metadata?: Record<string, unknown>;
}

export class TaggedFields extends ConversationFields {
  @BodyField({
    description: 'Labels to filter lists by. An edit replaces all of them.',
    example: ['travel'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsString({ each: true })
  @Length(1, 100, { each: true })
  tags?: string[];
}

class AgentConfigFields extends TaggedFields {
  @BodyField({
    description:
      'Id of the agent configuration that the conversation uses: one of the user or a shared one. Null for none.',
  })
  @IsOptional()
  @IsId()
  agentConfigId?: string | null;

  @BodyField({
    description:
      'Version of the agent configuration. Without a version or an alias, the newest is used.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_INTEGER)
  agentConfigVersion?: number | null;

  @BodyField({
    examples: ALIAS.examples,
    description: 'Alias of the agent configuration to follow. Not together with a version.',
  })
  @IsOptional()
  @IsString()
  @HasForm(ALIAS.form, ALIAS.meaning, ALIAS.examples[0]!)
  agentConfigAlias?: string | null;
}

export class CreateConversationDto extends AgentConfigFields {
  @BodyField({
    description:
      'Your own name of the conversation, unique for the user. It is an address, `key:` before it, and never changes.',
    example: 'thread/4711',
  })
  @IsOptional()
  @IsString()
  @Length(1, MAX_KEY_LENGTH)
  key?: string | null;
}

/** Body of a request that names the conversation in its path. */
export class MakeConversationDto extends AgentConfigFields {}

export class UpdateConversationDto extends AgentConfigFields {
  @BodyField({
    description:
      '`archived` takes the conversation out of daily use; it can still be read and written to.',
    example: 'archived',
  })
  @IsOptional()
  @IsIn(CONVERSATION_STATUSES)
  status?: ConversationStatus;
}

export class ForkConversationDto extends ConversationFields {
  @BodyField({
    description:
      '`seq` of the last message to copy, with those that it follows. Without it, all messages that the conversation shows are copied.',
    example: 1,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_INTEGER)
  seq?: number | null;
}

export class ForkOriginDto {
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Id of the original, also after its deletion. Null when it was not recorded.',
  })
  conversationId: string | null;
  @ApiProperty({
    type: 'integer',
    description: '`seq` of the last message that was copied.',
    example: 3,
  })
  seq: number;
  @ApiProperty({ description: 'Whether the original has been purged.' }) removed: boolean;
}

export class WrittenByModelDto {
  @ApiProperty({ description: 'The provider.', example: 'openai' }) provider: string;
  @ApiProperty({ description: 'The model.', example: 'gpt-5-mini' }) model: string;
  @ApiProperty({
    format: 'uuid',
    description: 'Turn after which it was written.',
    example: EXAMPLE_ID,
  })
  turnId: string;
}

class TitleSourceDto extends WrittenByModelDto {
  @ApiProperty({
    type: 'integer',
    description: '`seq` of the last message that the model had read.',
    example: 2,
  })
  toSeq: number;
}

export class ConversationDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Your own name of the conversation, the `importKey` of an imported one, or null.',
    example: 'thread/4711',
  })
  key: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Title, or null.',
    example: 'Trip to Lisbon',
  })
  title: string | null;
  @ApiProperty({
    type: TitleSourceDto,
    nullable: true,
    description: 'The model that wrote the title; null for any other title.',
    example: null,
  })
  titleSource: TitleSourceDto | null;
  @ApiProperty({ enum: CONVERSATION_STATUSES, description: '`active`, or `archived`.' })
  status: ConversationStatus;
  @ApiProperty({ type: [String], description: 'Labels to filter lists by.', example: ['travel'] })
  tags: string[];
  @ApiProperty(commonFields.metadata) metadata: Record<string, unknown>;
  @ApiProperty({
    type: 'integer',
    description: '`seq` of the last message of all branches; 0 when there are no messages.',
    example: 2,
  })
  lastSeq: number;
  @ApiProperty({
    type: 'integer',
    description:
      '`seq` of the message that the conversation ends with; 0 when it shows none. The same as `lastSeq` without branches.',
    example: 2,
  })
  headSeq: number;
  @ApiProperty(commonFields.version) version: number;
  @ApiProperty({
    type: ForkOriginDto,
    nullable: true,
    description: 'Where the conversation was forked from; null when it is no fork.',
  })
  forkedFrom: ForkOriginDto | null;
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Id of the agent configuration that the conversation uses, or null.',
  })
  agentConfigId: string | null;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Version of the agent configuration that is pinned, or null.',
  })
  agentConfigVersion: number | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Alias of the agent configuration that is followed, or null.',
  })
  agentConfigAlias: string | null;
  @ApiProperty(commonFields.createdAt) createdAt: string;
  @ApiProperty({
    format: 'date-time',
    description: 'Time of the last edit or message.',
    example: EXAMPLE_TIME,
  })
  updatedAt: string;
  @ApiProperty(commonFields.deletedAt) deletedAt: string | null;
}

export type ConversationState = EntityOrRow<
  Omit<
    Conversation,
    | 'userId'
    | 'messageBytes'
    | 'namedByApplication'
    | 'erasures'
    | 'contextVersion'
    | 'sharedAgentConfigId'
  >
> & {
  /** Only in entities: in rows `agentConfigId` has either id. */
  sharedAgentConfigId?: string | null;
};

export function toConversationDto(row: ConversationState): ConversationDto {
  const agentConfigId = row.agentConfigId ?? row.sharedAgentConfigId ?? null;
  return {
    id: row.id,
    key: row.key,
    title: row.title,
    titleSource: row.titleSource ?? null,
    status: row.status,
    tags: row.tags,
    metadata: row.metadata,
    lastSeq: row.lastSeq,
    headSeq: row.headSeq ?? row.lastSeq,
    version: row.version,
    forkedFrom:
      row.forkedFromSeq === null
        ? null
        : {
            conversationId: row.forkedFromId,
            seq: row.forkedFromSeq,
            removed: row.forkedFromId === null || row.forkedFromRemoved,
          },
    agentConfigId,
    agentConfigVersion: agentConfigId === null ? null : row.agentConfigVersion,
    agentConfigAlias: agentConfigId === null ? null : row.agentConfigAlias,
    createdAt: rfc3339(row.createdAt),
    updatedAt: rfc3339(row.updatedAt),
    deletedAt: rfc3339OrNull(row.deletedAt),
  };
}
