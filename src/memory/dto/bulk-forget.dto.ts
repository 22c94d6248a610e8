import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, MaxLength } from 'class-validator';
import { BulkDeletionDto } from '../../platform/bulk-deletion/index.js';
import { BodyField, CheckedBy } from '../../platform/input/index.js';
import { describeFilter, readFilter } from '../../platform/list/index.js';
import { MEMORY_LIMITS } from '../memory-limits.js';
import { memoryList } from '../memory.list.js';

/** A filter as it is sent. Its members are the fields of the list of memories. */
export class ListedMemoryFilterDto {
  [member: string]: unknown;
}
describeFilter(ListedMemoryFilterDto, memoryList.declaration);

export class ForgetMemoriesDto extends BulkDeletionDto {
  @ApiProperty({
    minProperties: 1,
    oneOf: [{ $ref: getSchemaPath(ListedMemoryFilterDto) }],
    description:
      'Which memories to forget, by the fields of the list. All members must hold; at least one is needed.',
    example: { kind: 'fact', importance: { lt: 0.2 } },
  })
  @CheckedBy((filter) => readFilter(memoryList.declaration, filter).faults)
  filter: ListedMemoryFilterDto;
  @BodyField({ default: false, description: 'Deletes the history, too.' })
  @IsOptional()
  @IsBoolean()
  purge?: boolean | null;
  @BodyField({
    description: 'Why they are forgotten, for the history.',
    example: 'The user asked for it.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MEMORY_LIMITS.reasonLength)
  reason?: string | null;
}
