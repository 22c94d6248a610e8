import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray } from 'class-validator';
import { MESSAGE_LIMITS } from '../../../conversations/index.js';
import { BodyField } from '../../../platform/input/index.js';
import { ITEM, ITEMS_FIELD } from './item-schema.js';

export class CreateItemsDto {
  @BodyField({
    ...ITEMS_FIELD,
    description:
      'Items of the Conversations API in order, at most 1,000: messages, calls of tools and their results, reasoning and the others. All are added, or none.',
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MESSAGE_LIMITS.perCall)
  items: unknown[];
}

export class ItemListDto {
  @ApiProperty({ enum: ['list'], description: 'What this is.', example: 'list' }) object: 'list';
  @ApiProperty({
    type: 'array',
    items: ITEM,
    description: 'The items. Each has an `id` and a `type`.',
    example: [
      {
        id: 'msg_0198c2f45a6b7c8d9e0f1a2b3c4d5e6f',
        type: 'message',
        status: 'completed',
        role: 'user',
        content: [{ type: 'input_text', text: 'Where shall we eat?' }],
      },
    ],
  })
  data: Record<string, unknown>[];
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Id of the first item; null without any.',
    example: 'msg_0198c2f45a6b7c8d9e0f1a2b3c4d5e6f',
  })
  first_id: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Id of the last item, for `after` of the next page; null without any.',
    example: 'msg_0198c2f45a6b7c8d9e0f1a2b3c4d5e6f',
  })
  last_id: string | null;
  @ApiProperty({ description: 'Whether there are items behind the last one.', example: false })
  has_more: boolean;
}
