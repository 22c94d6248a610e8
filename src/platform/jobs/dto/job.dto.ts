import { ApiProperty } from '@nestjs/swagger';
import { commonFields } from '../../http/index.js';
import { rfc3339, rfc3339OrNull } from '../../input/index.js';
import { PageOf } from '../../list/index.js';
import { type Job, JOB_STATUSES, type JobStatus } from '../job.entity.js';

export class JobProgressDto {
  @ApiProperty({ type: 'integer', description: 'Items that are done.', example: 40 }) done: number;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Null while it is not known.' })
  total: number | null;
}

export class JobFailureDto {
  @ApiProperty({ description: 'What failed, without any content of the user.' }) reason: string;
}

export class JobDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({ description: 'The kind of work.' }) name: string;
  @ApiProperty({
    enum: JOB_STATUSES,
    description: '`failed` is final: it was tried as often as it may be.',
  })
  status: JobStatus;
  @ApiProperty({ type: JobProgressDto, description: 'How far it is.' }) progress: JobProgressDto;
  @ApiProperty({ type: 'integer', description: 'Attempts so far.', example: 1 }) attempts: number;
  @ApiProperty({ type: JobFailureDto, nullable: true, description: 'Of the last attempt.' })
  error: JobFailureDto | null;
  @ApiProperty({
    format: 'date-time',
    description: 'Not before then, and when it failed, not before it is tried again.',
  })
  dueAt: string;
  @ApiProperty(commonFields.createdAt) createdAt: string;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Time at which the last attempt started, or null.',
  })
  startedAt: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Time at which it succeeded or finally failed, or null.',
  })
  finishedAt: string | null;
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
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What it works on: one unfinished job of a name has a key. Null for none.',
  })
  key: string | null;
  @ApiProperty({ type: 'integer', description: 'Attempts after which it has failed.', example: 8 })
  maxAttempts: number;
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
