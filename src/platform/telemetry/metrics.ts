// Metrics in Prometheus's format. Each part of the code makes its metrics on the injected Registry.
import { Controller, Get, Global, Header, Module } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { Public, Request } from '../context/index.js';
import { DatabaseMetrics } from '../database/index.js';
import { Operators } from '../door/index.js';
import { VERSION } from '../config/release.js';
import { AccessErrors } from '../errors/index.js';
import { Operation } from '../http/index.js';
import { EventLoopMetrics } from './event-loop-metrics.js';

const FOR_OPERATORS = 'Metrics are for operators: see METRICS_TOKEN and METRICS_PORT.';

@ApiTags('metrics')
@Public()
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly registry: Registry,
    private readonly operators: Operators,
  ) {}

  @Operation({
    summary: 'Read the metrics of the process',
    description:
      'In the Prometheus text format; nothing in it names a user. For operators: with `METRICS_TOKEN` as the bearer token, on the port `METRICS_PORT`, or, without either, from the same machine.',
    errors: [AccessErrors.unauthenticated, AccessErrors.forbidden],
  })
  @Get()
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  @Header('cache-control', 'no-store')
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' } } } })
  read(@Request() request: FastifyRequest): Promise<string> {
    if (!this.operators.include(request))
      throw this.operators.haveToken
        ? AccessErrors.unauthenticated()
        : AccessErrors.forbidden({ detail: FOR_OPERATORS });
    return this.registry.metrics();
  }
}

/** With what runs, and what the process and Node.js use. */
function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const build = new Gauge({
    name: 'threadkeep_build_info',
    help: 'Always 1; the labels name the release.',
    labelNames: ['version'],
    registers: [registry],
  });
  build.set({ version: VERSION }, 1);
  return registry;
}

@Global()
@Module({
  controllers: [MetricsController],
  // One registry per application, so that two applications in a process count separately.
  providers: [{ provide: Registry, useFactory: createRegistry }, DatabaseMetrics, EventLoopMetrics],
  exports: [Registry, DatabaseMetrics],
})
export class MetricsModule {}
