import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
} from 'class-validator';
import { ALIAS } from '../../agent-config/index.js';
import {
  type EntityOrRow,
  IsId,
  IsOpaqueObject,
  rfc3339,
  rfc3339OrNull,
} from '../../platform/input/index.js';
import { PageOf } from '../../platform/list/index.js';
import type { Conversation, ConversationStatus } from '../conversation.entity.js';

export const CONVERSATION_STATUSES = ['active', 'archived'] as const;
const NullableText = () =>
  ValidateIf((_: unknown, value: unknown) => value !== null && value !== undefined);

class ConversationFields {
  @ApiProperty({ type: String, required: false, nullable: true, maxLength: 500 })
  @NullableText()
  @IsString()
  @MaxLength(500)
  title?: string | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Replaced as a whole; null leaves it as it is.',
  })
  @IsOptional()
  @IsOpaqueObject()
  metadata?: Record<string, unknown>;
}

export class TaggedFields extends ConversationFields {
  @ApiProperty({
    type: 'array',
    items: { type: 'string', minLength: 1, maxLength: 100 },
    required: false,
    nullable: true,
    maxItems: 50,
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsString({ each: true })
  @Length(1, 100, { each: true })
  tags?: string[];
}

class AgentConfigFields extends TaggedFields {
  @ApiProperty({
    type: String,
    format: 'uuid',
    required: false,
    nullable: true,
    description: 'The agent configuration it is led with.',
  })
  @IsOptional()
  @IsId()
  agentConfigId?: string | null;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: 2_147_483_647,
    required: false,
    nullable: true,
    description: 'The version it is pinned to; with neither this nor an alias, the newest.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(2_147_483_647)
  agentConfigVersion?: number | null;

  @ApiProperty({
    type: String,
    pattern: ALIAS.form.source,
    examples: ALIAS.examples,
    required: false,
    nullable: true,
    description: 'The alias it follows instead.',
  })
  @IsOptional()
  @Matches(ALIAS.form)
  agentConfigAlias?: string | null;
}

export class CreateConversationDto extends AgentConfigFields {}

export class UpdateConversationDto extends AgentConfigFields {
  @ApiProperty({ enum: CONVERSATION_STATUSES, required: false, nullable: true })
  @IsOptional()
  @IsIn(CONVERSATION_STATUSES)
  status?: ConversationStatus;
}

export class ForkConversationDto extends ConversationFields {
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    required: false,
    nullable: true,
    description: 'The last message to take over; without it, all.',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(2_147_483_647)
  seq?: number | null;
}

export class ForkOriginDto {
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'It stays when the original is purged. Null where that was before ids were kept.',
  })
  conversationId: string | null;
  @ApiProperty({ type: 'integer' }) seq: number;
  @ApiProperty({ description: 'Whether the original has been purged.' }) removed: boolean;
}

export class ConversationDto {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({ type: String, nullable: true }) title: string | null;
  @ApiProperty({ enum: CONVERSATION_STATUSES }) status: ConversationStatus;
  @ApiProperty({ type: [String] }) tags: string[];
  @ApiProperty({ type: 'object', additionalProperties: true }) metadata: Record<string, unknown>;
  @ApiProperty({ type: 'integer', description: 'The number of the last message; 0 for none.' })
  lastSeq: number;
  @ApiProperty({ type: 'integer' }) version: number;
  @ApiProperty({ type: ForkOriginDto, nullable: true }) forkedFrom: ForkOriginDto | null;
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The agent configuration it is led with.',
  })
  agentConfigId: string | null;
  @ApiProperty({ type: 'integer', nullable: true }) agentConfigVersion: number | null;
  @ApiProperty({ type: String, nullable: true }) agentConfigAlias: string | null;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
  @ApiProperty({ format: 'date-time', description: 'The last edit or message.' }) updatedAt: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) deletedAt: string | null;
}

export const ConversationPageDto = PageOf(ConversationDto);

export type ConversationState = EntityOrRow<
  Omit<Conversation, 'userId' | 'messageBytes' | 'importKey' | 'sharedAgentConfigId'>
> & {
  /** Only in entities: in rows `agentConfigId` has either id. */
  sharedAgentConfigId?: string | null;
};

export function toConversationDto(row: ConversationState): ConversationDto {
  const agentConfigId = row.agentConfigId ?? row.sharedAgentConfigId ?? null;
  return {
    id: row.id,
    title: row.title,
    status: row.status,
    tags: row.tags,
    metadata: row.metadata,
    lastSeq: row.lastSeq,
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
