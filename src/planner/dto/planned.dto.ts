import { IsOptional, IsString, MaxLength } from 'class-validator';
import { CONVERSATION_REFERENCE, IsConversationReference } from '../../conversations/index.js';
import { sentMetadata } from '../../platform/http/index.js';
import { BodyField, boolean, IsOpaqueObject, withDescription } from '../../platform/input/index.js';

/** Query field of the requests that create tasks and events. */
export const UNLESS_DELETED = withDescription(
  boolean(),
  'Refuses one whose `importKey` in its metadata is that, or the id, of one that was deleted: 410. An import sends it.',
  true,
);

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
    ...CONVERSATION_REFERENCE,
    description: 'Conversation that it came up in: its id, or `key:` and its key. Null for none.',
  })
  @IsOptional()
  @IsConversationReference()
  conversationId?: string | null;

  @BodyField(sentMetadata)
  @IsOptional()
  @IsOpaqueObject()
  metadata?: Record<string, unknown> | null;
}
