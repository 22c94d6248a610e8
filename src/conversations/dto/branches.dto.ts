import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsOptional, Max, Min } from 'class-validator';
import { BodyField, CheckedBy, MAX_INTEGER } from '../../platform/input/index.js';
import { MESSAGE_REFERENCE, referenceFaults } from '../keys/conversation-reference.js';

/** Not optional: a body that lacks the field must not take everything back. */
const referenceOrNull = (value: unknown) => (value === null ? [] : referenceFaults(value));

export class MoveHeadDto {
  @ApiProperty({
    oneOf: [{ type: 'null' }, MESSAGE_REFERENCE] as object[],
    description:
      'Id of the message that the conversation ends with, or `key:` and its key, as it is; null for none.',
    example: null,
  })
  @CheckedBy(referenceOrNull)
  messageId: string | null;
  @BodyField({
    default: false,
    description: 'Goes on to the newest message that follows this one, on whichever branch.',
  })
  @IsOptional()
  @IsBoolean()
  toNewest?: boolean | null;
  @BodyField({
    description:
      'Moves only when the conversation ends with the message of this `seq` (0: it shows none); otherwise 409 `conversation.head_moved`.',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_INTEGER)
  expectedHead?: number | null;
}
