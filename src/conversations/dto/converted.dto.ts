import { ApiProperty } from '@nestjs/swagger';
import { type Page, PageEndDto } from '../../platform/list/index.js';
import {
  OMISSION_REASONS,
  type OmissionReason,
  type Part,
  PART_KINDS,
  type RawObject,
} from '../parts/index.js';

class UnconvertedPartDto {
  @ApiProperty({ type: 'integer', description: '`seq` of the message.', example: 1 }) seq: number;
  @ApiProperty({ enum: PART_KINDS, description: 'Kind of the part.' }) kind: Part['kind'];
  @ApiProperty({
    enum: OMISSION_REASONS,
    description:
      'Why: the dialect has no place for it, reasoning without a signature of its provider, cut off, or empty.',
  })
  reason: OmissionReason;
}

/** A page of messages in a dialect. */
export class ConvertedPageDto extends PageEndDto implements Page<RawObject> {
  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'The messages of the page in the dialect, oldest first.',
    example: [{ role: 'user', content: 'Where shall we eat?' }],
  })
  data: RawObject[];
  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    required: false,
    description: 'System texts at the beginning, where the dialect has a place of their own.',
  })
  system?: RawObject[];
  @ApiProperty({
    type: [UnconvertedPartDto],
    description: 'Parts of these messages that have no place in the dialect.',
  })
  omitted: UnconvertedPartDto[];
}
