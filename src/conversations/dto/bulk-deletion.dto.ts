import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { BulkDeletionDto } from '../../platform/bulk-deletion/index.js';
import { BodyField, CheckedBy } from '../../platform/input/index.js';
import { describeFilter, readFilter } from '../../platform/list/index.js';
import { conversationList } from '../conversation.list.js';

/** A filter as it is sent. Its members are the fields of the list of conversations. */
export class ConversationFilterDto {
  [member: string]: unknown;
}
describeFilter(ConversationFilterDto, conversationList.declaration);

export class DeleteConversationsDto extends BulkDeletionDto {
  @ApiProperty({
    minProperties: 1,
    oneOf: [{ $ref: getSchemaPath(ConversationFilterDto) }],
    description:
      'Which conversations to delete, by the fields of the list. All members must hold; at least one is needed.',
    example: { status: 'archived', updatedAt: { lt: '2026-01-01' } },
  })
  @CheckedBy((filter) => readFilter(conversationList.declaration, filter).faults)
  filter: ConversationFilterDto;
  @BodyField({
    default: false,
    description: 'Deletes them for good, with their messages. Otherwise they can be restored.',
  })
  @IsOptional()
  @IsBoolean()
  purge?: boolean | null;
  @BodyField({
    enum: ['keep', 'forget'],
    default: 'keep',
    description:
      'Only with `purge`: `forget` also deletes what was made from them (forks, memories, tasks, events).',
  })
  @IsOptional()
  @IsIn(['keep', 'forget'])
  derived?: 'keep' | 'forget' | null;
}
