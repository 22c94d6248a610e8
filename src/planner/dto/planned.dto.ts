import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { IsId, IsOpaqueObject } from '../../platform/input/index.js';

/** Fields that requests for tasks and events share. */
export class PlannedFields {
  @ApiProperty({ type: String, required: false, nullable: true, maxLength: 10_000 })
  @IsOptional()
  @IsString()
  @MaxLength(10_000)
  description?: string | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    required: false,
    nullable: true,
    description: 'Where it came up. Null again when that conversation is purged.',
  })
  @IsOptional()
  @IsId()
  conversationId?: string | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Replaced as a whole; null leaves it as it is.',
  })
  @IsOptional()
  @IsOpaqueObject()
  metadata?: Record<string, unknown> | null;
}
