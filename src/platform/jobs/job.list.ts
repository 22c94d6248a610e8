import { field, List } from '../list/index.js';
import { AdminJobDto, JobDto, type JobState, toAdminJobDto, toJobDto } from './dto/job.dto.js';
import { JOB_STATUSES } from './job.entity.js';

const fields = {
  id: field.uuid('id', { sort: true }),
  name: field.text('name'),
  status: field.oneOf('status', JOB_STATUSES),
  done: field.shown('done'),
  total: field.shown('total'),
  attempts: field.integer('attempts'),
  error: field.shown('error'),
  dueAt: field.time('due_at'),
  createdAt: field.time('created_at'),
  startedAt: field.time('started_at', { nullable: true }),
  finishedAt: field.time('finished_at', { nullable: true }),
};

/** The user's own, newest first (ids are UUIDv7). */
export const jobList = new List<JobState, JobDto>({
  name: 'job',
  table: 'threadkeep.job',
  owner: 'user_id',
  fields,
  sort: '-id',
  dto: JobDto,
  item: toJobDto,
});

/** Everybody's and the system's: for service keys alone. */
export const adminJobList = new List<JobState, AdminJobDto>({
  name: 'any_job',
  table: 'threadkeep.job',
  owner: null,
  fields: {
    ...fields,
    userId: field.uuid('user_id', { nullable: true }),
    key: field.text('key', { nullable: true }),
    maxAttempts: field.shown('max_attempts'),
  },
  sort: '-id',
  dto: AdminJobDto,
  item: toAdminJobDto,
});
