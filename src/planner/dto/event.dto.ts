import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, Length, MaxLength } from 'class-validator';
import { type EntityOrRow, rfc3339, rfc3339OrNull } from '../../platform/input/index.js';
import { PageOf } from '../../platform/list/index.js';
import type { CalendarEvent } from '../events/event.entity.js';
import { PlannedFields } from './planned.dto.js';

const timeSchema = [
  { type: 'string', format: 'date-time' },
  { type: 'string', format: 'date' },
  {
    type: 'string',
    pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?$',
    examples: ['2026-02-28T09:30:00'],
    description: 'What a clock in `timeZone` shows.',
  },
];
const zoneSchema = {
  type: 'string',
  maxLength: 64,
  pattern: '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*)*$',
  examples: ['Europe/Oslo', 'UTC'],
};
const orNullSchema = { type: 'null' } as unknown as (typeof timeSchema)[number];

class EventFields extends PlannedFields {
  @ApiProperty({ type: String, required: false, nullable: true, maxLength: 500 })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  location?: string | null;

  @ApiProperty({
    anyOf: [...timeSchema, orNullSchema],
    required: false,
    description:
      'Of the kind of `start`. Without it, an all-day event is one day, and another ends as it starts. The end of an all-day event is not part of it.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(40)
  end?: string | null;

  @ApiProperty({
    anyOf: [zoneSchema, orNullSchema],
    required: false,
    description:
      'The IANA name of the zone of days and of times without an offset, such as `Europe/Oslo`. Days without it are days in UTC.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  timeZone?: string | null;
}

export class CreateEventDto extends EventFields {
  @ApiProperty({ minLength: 1, maxLength: 500 })
  @IsString()
  @Length(1, 500)
  title: string;

  @ApiProperty({ anyOf: timeSchema })
  @IsString()
  @MaxLength(40)
  start: string;
}

export class UpdateEventDto extends EventFields {
  @ApiProperty({ type: String, required: false, nullable: true, minLength: 1, maxLength: 500 })
  @IsOptional()
  @IsString()
  @Length(1, 500)
  title?: string | null;

  @ApiProperty({ anyOf: [...timeSchema, orNullSchema], required: false })
  @IsOptional()
  @IsString()
  @MaxLength(40)
  start?: string | null;
}

export class EventDto {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty() title: string;
  @ApiProperty({ type: String, nullable: true }) description: string | null;
  @ApiProperty({ type: String, nullable: true }) location: string | null;
  @ApiProperty({ description: 'As given.' }) start: string;
  @ApiProperty({ type: String, nullable: true, description: 'As given.' }) end: string | null;
  @ApiProperty({ type: String, nullable: true }) timeZone: string | null;
  @ApiProperty({ description: 'Whether start and end are days.' }) allDay: boolean;
  @ApiProperty({ format: 'date-time', description: 'The instant that `start` comes to.' })
  startsAt: string;
  @ApiProperty({ format: 'date-time', description: 'The instant that `end` comes to.' })
  endsAt: string;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) conversationId: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true }) metadata: Record<string, unknown>;
  @ApiProperty({ type: 'integer' }) version: number;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
  @ApiProperty({ format: 'date-time' }) updatedAt: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) deletedAt: string | null;
}

export const EventPageDto = PageOf(EventDto);

export type EventState = EntityOrRow<Omit<CalendarEvent, 'userId'>>;

export const toEventDto = (row: EventState): EventDto => ({
  id: row.id,
  title: row.title,
  description: row.description,
  location: row.location,
  start: row.start,
  end: row.end,
  timeZone: row.timeZone,
  allDay: row.allDay,
  startsAt: rfc3339(row.startsAt),
  endsAt: rfc3339(row.endsAt),
  conversationId: row.conversationId,
  metadata: row.metadata,
  version: row.version,
  createdAt: rfc3339(row.createdAt),
  updatedAt: rfc3339(row.updatedAt),
  deletedAt: rfc3339OrNull(row.deletedAt),
});
