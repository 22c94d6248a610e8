import { createHash } from 'node:crypto';
import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { BodyField, HasForm, IsNotBlank, MAX_INTEGER } from '../../platform/input/index.js';
import { commonFields } from '../../platform/http/index.js';
import { MEMORY_LIMITS } from '../memory-limits.js';
import { CONTENT_EXAMPLES } from './memory.dto.js';
import type { MemoryRow } from '../memory-row.js';

export const BLOCK_LIMITS = { maxBlocks: 100, contentLength: 20_000 } as const;

const SHA256 = /^[0-9a-f]{64}$/;

export class PutBlockDto {
  @BodyField({ examples: CONTENT_EXAMPLES, description: 'The whole text of the block.' })
  @IsString()
  @IsNotBlank()
  @Length(1, BLOCK_LIMITS.contentLength)
  content: string;

  @BodyField({
    description:
      'The version that the block must have (0: no block), or 409 `memory.block_changed`.',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_INTEGER)
  expectedVersion?: number | null;

  @BodyField({
    examples: ['0'.repeat(64)],
    description:
      'The SHA-256 (hexadecimal) that the content must have, or 409 `memory.block_changed`.',
  })
  @IsOptional()
  @IsString()
  @HasForm(SHA256, '64 hexadecimal digits in lower case', '0'.repeat(64))
  expectedSha256?: string | null;

  @BodyField({ description: 'Why it changes, for the history.' })
  @IsOptional()
  @IsString()
  @Length(1, MEMORY_LIMITS.reasonLength)
  reason?: string | null;
}

export class BlockDto {
  @ApiProperty({ description: 'Name of the block.', example: 'persona' }) label: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The only agent that the block is for; null for all agents.',
  })
  agentId: string | null;
  @ApiProperty({ description: 'The text of the block.', example: 'Likes green tea.' })
  content: string;
  @ApiProperty({ description: 'SHA-256 of the content, in hexadecimal.' }) sha256: string;
  @ApiProperty(commonFields.version) version: number;
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: "Number of the last write among all writes to the user's memory. `asOf` takes it.",
    example: 7,
  })
  revision: number;
  @ApiProperty(commonFields.createdAt) createdAt: string;
  @ApiProperty(commonFields.updatedAt) updatedAt: string;
}

export class BlocksDto {
  @ApiProperty({ type: [BlockDto], description: 'All blocks, sorted by label.' }) data: BlockDto[];
}

export const sha256 = (content: string): string =>
  createHash('sha256').update(content).digest('hex');

export const toBlockDto = ({
  label,
  agentId,
  content,
  version,
  revision,
  createdAt,
  updatedAt,
}: MemoryRow): BlockDto => ({
  label: label!,
  agentId,
  content: content ?? '',
  sha256: sha256(content ?? ''),
  version,
  revision,
  createdAt,
  updatedAt,
});
