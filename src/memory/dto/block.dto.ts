import { createHash } from 'node:crypto';
import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Length, Matches, Max, MaxLength, Min } from 'class-validator';
import { MEMORY_LIMITS } from '../writes/memory-input.js';
import { CONTENT_EXAMPLES } from './memory.dto.js';
import type { MemoryRow } from '../memory-row.js';

export const BLOCK_LIMITS = { maxBlocks: 100, contentLength: 20_000 } as const;

const SHA256 = /^[0-9a-f]{64}$/;

export class PutBlockDto {
  @ApiProperty({
    minLength: 1,
    maxLength: BLOCK_LIMITS.contentLength,
    pattern: '\\S',
    examples: CONTENT_EXAMPLES,
  })
  @IsString()
  @Matches(/\S/, { message: '$property must not be blank' })
  @MaxLength(BLOCK_LIMITS.contentLength)
  content: string;

  @ApiProperty({
    type: 'integer',
    required: false,
    nullable: true,
    minimum: 0,
    maximum: 2_147_483_647,
    description: 'Refused with 409 unless it is the version now; 0 for none.',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(2_147_483_647)
  expectedVersion?: number | null;

  @ApiProperty({
    type: String,
    required: false,
    nullable: true,
    pattern: SHA256.source,
    examples: ['0'.repeat(64)],
    description:
      'Refused with 409 unless it is the hash of the content now, in hexadecimal digits.',
  })
  @IsOptional()
  @IsString()
  @Matches(SHA256, { message: '$property must be 64 hexadecimal digits in lower case' })
  expectedSha256?: string | null;

  @ApiProperty({
    type: String,
    required: false,
    nullable: true,
    minLength: 1,
    maxLength: MEMORY_LIMITS.reasonLength,
  })
  @IsOptional()
  @IsString()
  @Length(1, MEMORY_LIMITS.reasonLength)
  reason?: string | null;
}

export class BlockDto {
  @ApiProperty() label: string;
  @ApiProperty({ type: String, nullable: true, description: 'The only agent it is for.' }) agentId:
    string | null;
  @ApiProperty() content: string;
  @ApiProperty({ description: 'Of the content, in hexadecimal digits.' }) sha256: string;
  @ApiProperty({ type: 'integer', minimum: 1 }) version: number;
  @ApiProperty({ type: 'integer', minimum: 1 }) revision: number;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
  @ApiProperty({ format: 'date-time' }) updatedAt: string;
}

export class BlocksDto {
  @ApiProperty({ type: [BlockDto], description: 'By label.' }) data: BlockDto[];
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
