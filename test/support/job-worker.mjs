// A process that runs jobs until it is killed: the built application, with one kind of job that leaves an effect.
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';

const dist = new URL('../../dist/src/', import.meta.url).href;
const { createApplication } = await import(`${dist}application.js`);
const { loadConfig } = await import(`${dist}platform/config/config.js`);
const { RequestContexts } = await import(`${dist}platform/context/index.js`);
const { ScopedDatabase, statement } = await import(`${dist}platform/database/index.js`);
const { JobHandler, JobHandlers } = await import(`${dist}platform/jobs/index.js`);

/** Milliseconds that a job takes, at most. */
const LONGEST = Number(process.env.JOB_MS);
const LEAVE = statement(
  'test.leave_effect',
  'insert into threadkeep.effect (user_id, label, attempt) values ($1, $2, $3)',
);

class Leave extends JobHandler {
  name = 'test.leave';

  constructor(app) {
    super();
    this.database = app.get(ScopedDatabase);
    this.contexts = app.get(RequestContexts);
  }

  /** Half of the time before the effect, half after it: a kill meets both. */
  async run({ label }, job) {
    await sleep((Math.random() * LONGEST) / 2);
    await this.database.write(LEAVE, [this.contexts.userScope().userId, label, job.attempt]);
    await sleep((Math.random() * LONGEST) / 2);
  }
}

process.on('disconnect', () => process.exit(0));
const app = await createApplication(loadConfig());
app.get(JobHandlers).add(new Leave(app));
process.send('running');
