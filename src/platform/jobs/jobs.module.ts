// Durable jobs: enqueued in the caller's transaction, completed exactly once, and shown to the user
// who owns them.
import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { AdminJobsController } from './admin-jobs.controller.js';
import { ExpiringRows } from './expiring-rows.js';
import { ExpirySweep } from './expiry.job.js';
import { JobNotifier } from './job-notifier.js';
import { JobHandler } from './job-handler.js';
import { JobHandlers } from './job-handlers.js';
import { JobRelay } from './job-relay.js';
import { JobRunner } from './job-runner.js';
import { JobRunsRepository } from './job-runs.repository.js';
import { Jobs } from './jobs.js';
import { JobsController } from './jobs.controller.js';
import { JobsHealth } from './jobs-health.js';
import { JobsMetrics } from './jobs-metrics.js';
import { JobsRepository } from './jobs.repository.js';
import { JobsService } from './jobs.service.js';
import { OtherProcesses } from './other-processes.js';

@Global()
@Module({
  imports: [DiscoveryModule],
  controllers: [JobsController, AdminJobsController],
  providers: [
    JobNotifier,
    JobHandlers,
    JobRelay,
    JobRunner,
    JobRunsRepository,
    Jobs,
    JobsHealth,
    JobsMetrics,
    JobsRepository,
    JobsService,
    OtherProcesses,
    ExpiringRows,
    ExpirySweep,
  ],
  exports: [ExpiringRows, JobHandlers, Jobs, JobsHealth],
})
export class JobsModule implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly handlers: JobHandlers,
  ) {}

  /** Adds the job handlers of all modules. */
  onModuleInit(): void {
    const instances = this.discovery.getProviders().map(({ instance }) => instance as unknown);
    // A provider with two tokens is one instance.
    for (const handler of new Set(instances.filter(isJobHandler))) this.handlers.add(handler);
  }
}

const isJobHandler = (instance: unknown): instance is JobHandler<never> =>
  instance instanceof JobHandler;
