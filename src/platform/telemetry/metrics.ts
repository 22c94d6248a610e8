// What the process counts, for Prometheus. Whoever counts makes its metric on the injected Registry.
import { Controller, Get, Global, Header, Module } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Registry } from 'prom-client';
import { Public } from '../context/index.js';
import { DatabaseMetrics } from '../database/index.js';
import { ApiProblems } from '../http/index.js';
import { EventLoopMetrics } from './event-loop-metrics.js';

@ApiTags('metrics')
@ApiProblems()
@Public()
@Controller('metrics')
export class MetricsController {
  constructor(private readonly registry: Registry) {}

  /** Counters in the Prometheus text format. They name no user. */
  @Get()
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  @Header('cache-control', 'no-store')
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' } } } })
  read(): Promise<string> {
    return this.registry.metrics();
  }
}

@Global()
@Module({
  controllers: [MetricsController],
  // One for each application, so that two in one process do not count together.
  providers: [{ provide: Registry, useFactory: () => new Registry() }, DatabaseMetrics, EventLoopMetrics],
  exports: [Registry, DatabaseMetrics],
})
export class MetricsModule {}
