import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, Length, MaxLength } from 'class-validator';
import { commonFields } from '../../platform/http/index.js';
import { BodyField, type EntityOrRow, rfc3339, rfc3339OrNull } from '../../platform/input/index.js';
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
  @BodyField({ description: 'Place, at most 500 characters.', example: 'Market hall' })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  location?: string | null;

  @ApiProperty({
    anyOf: [...timeSchema, orNullSchema],
    required: false,
    description:
      'End, in the same form as `start`. Without it, an all-day event lasts one day and any other event has no length. The end of an all-day event is the day after its last.',
    example: '2026-03-21T20:00:00Z',
  })
  @IsOptional()
  @IsString()
  @MaxLength(40)
  end?: string | null;

  @ApiProperty({
    anyOf: [zoneSchema, orNullSchema],
    required: false,
    description:
      'IANA name of the time zone of days and of times without an offset. UTC for days without it.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  timeZone?: string | null;
}

export class CreateEventDto extends EventFields {
  @BodyField({ description: 'What happens.', example: 'Dinner in Lisbon' })
  @IsString()
  @Length(1, 500)
  title: string;

  @ApiProperty({
    anyOf: timeSchema,
    description:
      'Start: a time with an offset, a day for an all-day event, or a local time and `timeZone`.',
    example: '2026-03-21T18:30:00Z',
  })
  @IsString()
  @MaxLength(40)
  start: string;
}

export class UpdateEventDto extends EventFields {
  @BodyField({ description: 'What happens.', example: 'Late dinner in Lisbon' })
  @IsOptional()
  @IsString()
  @Length(1, 500)
  title?: string | null;

  @ApiProperty({
    anyOf: [...timeSchema, orNullSchema],
    required: false,
    description: 'Start, in one of the forms of the creation.',
    example: '2026-03-21T19:00:00Z',
  })
  @IsOptional()
  @IsString()
  @MaxLength(40)
  start?: string | null;
}

export class EventDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({ description: 'What happens.', example: 'Dinner in Lisbon' }) title: string;
  @ApiProperty({ type: String, nullable: true, description: 'Details, or null.' }) description:
    string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Place, or null.',
    example: 'Market hall',
  })
  location: string | null;
  @ApiProperty({ description: 'Start, as it was sent.', example: '2026-03-21T18:30:00Z' })
  start: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'End, as it was sent, or null.',
    example: '2026-03-21T20:00:00Z',
  })
  end: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'IANA name of the time zone, or null.',
  })
  timeZone: string | null;
  @ApiProperty({ description: 'Whether `start` and `end` are days.' }) allDay: boolean;
  @ApiProperty({
    format: 'date-time',
    description: '`start` as a time in UTC.',
    example: '2026-03-21T18:30:00.000Z',
  })
  startsAt: string;
  @ApiProperty({
    format: 'date-time',
    description: '`end` as a time in UTC.',
    example: '2026-03-21T20:00:00.000Z',
  })
  endsAt: string;
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Id of the conversation that it came up in, or null.',
  })
  conversationId: string | null;
  @ApiProperty(commonFields.metadata) metadata: Record<string, unknown>;
  @ApiProperty(commonFields.version) version: number;
  @ApiProperty(commonFields.createdAt) createdAt: string;
  @ApiProperty(commonFields.updatedAt) updatedAt: string;
  @ApiProperty(commonFields.deletedAt) deletedAt: string | null;
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
