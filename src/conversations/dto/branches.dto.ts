import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsOptional, Max, Min } from 'class-validator';
import { BodyField, CheckedBy, isUuid, words } from '../../platform/input/index.js';

/** Not optional: a body that lacks the field must not take everything back. */
const idOrNull = (value: unknown) =>
  value === null || (typeof value === 'string' && isUuid(value))
    ? []
    : [{ pointer: '', message: words.uuid }];

export class MoveHeadDto {
  @ApiProperty({
    oneOf: [{ type: 'null' }, { type: 'string', format: 'uuid' }] as object[],
    description: 'Id of the message that the conversation ends with; null for none.',
    example: null,
  })
  @CheckedBy(idOrNull)
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
  @Max(2_147_483_647)
  expectedHead?: number | null;
}
