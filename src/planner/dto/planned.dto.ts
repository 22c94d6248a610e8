import { IsOptional, IsString, MaxLength } from 'class-validator';
import { sentMetadata } from '../../platform/http/index.js';
import { BodyField, IsId, IsOpaqueObject } from '../../platform/input/index.js';

/** Fields that requests for tasks and events share. */
export class PlannedFields {
  @BodyField({
    description: 'Details, at most 10,000 characters.',
    example: 'Ask for a table by the window.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(10_000)
  description?: string | null;

  @BodyField({
    description:
      'Id of the conversation that it came up in. Null once that conversation is purged.',
  })
  @IsOptional()
  @IsId()
  conversationId?: string | null;

  @BodyField(sentMetadata)
  @IsOptional()
  @IsOpaqueObject()
  metadata?: Record<string, unknown> | null;
}
