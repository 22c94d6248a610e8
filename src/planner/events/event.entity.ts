import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { OwnedEntity } from '../../platform/repository/index.js';
import { User } from '../../users/index.js';
import { Planned } from '../planned.entity.js';

@Entity({ schema: 'threadkeep', name: 'event' })
@Check('event__title_length', 'char_length(title) between 1 and 500')
@Check('event__description_length', 'char_length(description) <= 10000')
@Check('event__location_length', 'char_length(location) <= 500')
@Check('event__start_length', 'char_length(start_given) <= 40')
@Check('event__end_length', 'char_length(end_given) <= 40')
@Check('event__time_zone_length', 'char_length(time_zone) <= 64')
@Check('event__ends_after_start', 'ends_at >= starts_at')
@Check('event__metadata_size', 'pg_column_size(metadata) <= 1048576')
@Index('event__start', { synchronize: false })
@Index('event__end', { synchronize: false })
@Index('event__updated', { synchronize: false })
@Index('event__deleted', { synchronize: false })
@Index('event__conversation', ['userId', 'conversationId'], {
  where: 'conversation_id is not null',
})
export class CalendarEvent extends Planned implements OwnedEntity {
  @ForeignKey(() => User, { name: 'event__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'event__pk' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'event__pk' })
  id: string;

  @Column('text', { nullable: true })
  location: string | null;

  /** Start as the client sent it: a day, or a time with or without an offset. */
  @Column('text', { name: 'start_given' })
  start: string;

  @Column('text', { name: 'end_given', nullable: true })
  end: string | null;

  @Column('text', { name: 'time_zone', nullable: true })
  timeZone: string | null;

  @Column('boolean', { name: 'all_day' })
  allDay: boolean;

  /** Instants of start and end in the time zone. */
  @Column({ type: 'timestamptz', name: 'starts_at', precision: 3 })
  startsAt: Date;

  @Column({ type: 'timestamptz', name: 'ends_at', precision: 3 })
  endsAt: Date;
}
