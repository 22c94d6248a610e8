// Liveness, readiness and start-up probes, on Terminus.
import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DatabaseProbe } from './database-probe.js';
import { HealthController } from './health.controller.js';
import { HealthPartsModule } from './health-parts.js';
import { Lifecycle } from './lifecycle.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), HealthPartsModule],
  controllers: [HealthController],
  providers: [DatabaseProbe, Lifecycle],
})
export class HealthModule {}
