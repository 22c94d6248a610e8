import { defineErrors, mapConstraint } from '../errors/index.js';

export const JobErrors = defineErrors('job', {
  notFound: { status: 404, title: 'No such job' },
  notFailed: { status: 409, title: 'Only a failed job can be tried again' },
  tooOld: { status: 409, title: 'The job failed too long ago to be tried again' },
  superseded: { status: 409, title: 'Another job with the same key is active' },
});

mapConstraint('job__user_fk', () => JobErrors.notFound());
mapConstraint('job__active_of_user', () => JobErrors.superseded());
mapConstraint('job__active_of_system', () => JobErrors.superseded());
