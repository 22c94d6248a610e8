import { ApiProperty } from '@nestjs/swagger';
import { rfc3339, rfc3339OrNull } from '../../input/index.js';
import { PageOf } from '../../list/index.js';
import { type Job, JOB_STATUSES, type JobStatus } from '../job.entity.js';

export class JobProgressDto {
  @ApiProperty({ type: 'integer' }) done: number;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Null while it is not known.' })
  total: number | null;
}

export class JobFailureDto {
  @ApiProperty() reason: string;
}

export class JobDto {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({ description: 'The kind of work.' }) name: string;
  @ApiProperty({
    enum: JOB_STATUSES,
    description: '`failed` is final: it was tried as often as it may be.',
  })
  status: JobStatus;
  @ApiProperty({ type: JobProgressDto }) progress: JobProgressDto;
  @ApiProperty({ type: 'integer' }) attempts: number;
  @ApiProperty({ type: JobFailureDto, nullable: true, description: 'Of the last attempt.' })
  error: JobFailureDto | null;
  @ApiProperty({
    format: 'date-time',
    description: 'Not before then, and when it failed, not before it is tried again.',
  })
  dueAt: string;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) startedAt: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) finishedAt: string | null;
}

/** A job as operators see it. */
export class AdminJobDto extends JobDto {
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: "Null for the system's own.",
  })
  userId: string | null;
  @ApiProperty({ type: String, nullable: true }) key: string | null;
  @ApiProperty({ type: 'integer' }) maxAttempts: number;
}

export const JobPageDto = PageOf(JobDto);
export const AdminJobPageDto = PageOf(AdminJobDto);

type Time = string | Date;
/** A row of a list, or of a statement. */
export type JobState = Pick<
  Job,
  | 'id'
  | 'userId'
  | 'name'
  | 'key'
  | 'status'
  | 'done'
  | 'total'
  | 'attempts'
  | 'maxAttempts'
  | 'error'
> & {
  dueAt: Time;
  createdAt: Time;
  startedAt: Time | null;
  finishedAt: Time | null;
};

export function toJobDto({
  id,
  name,
  status,
  done,
  total,
  attempts,
  error,
  dueAt,
  createdAt,
  startedAt,
  finishedAt,
}: JobState): JobDto {
  return {
    ...{ id, name, status, attempts },
    progress: { done, total },
    error: error === null ? null : { reason: error },
    dueAt: rfc3339(dueAt),
    createdAt: rfc3339(createdAt),
    startedAt: rfc3339OrNull(startedAt),
    finishedAt: rfc3339OrNull(finishedAt),
  };
}

export const toAdminJobDto = (job: JobState): AdminJobDto => ({
  ...toJobDto(job),
  userId: job.userId,
  key: job.key,
  maxAttempts: job.maxAttempts,
});
