export { eachUser } from './each-user.js';
export { ExpiringRows } from './expiring-rows.js';
export { Job } from './job.entity.js';
export { backoffOf, JobHandler, JobInterruptedError, type JobRun } from './job-handler.js';
export { JobHandlers } from './job-handlers.js';
export { type EnqueueOptions, Jobs } from './jobs.js';
export { JobsHealth, type JobsState } from './jobs-health.js';
export { JobsModule } from './jobs.module.js';
export { UserSweep } from './user-sweep.js';
