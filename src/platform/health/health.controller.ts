// Probes for an orchestrator: alive, started, ready to serve.
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import {
  HealthCheck,
  type HealthCheckResult,
  HealthCheckService,
  HealthIndicatorService,
} from '@nestjs/terminus';
import { VERSION } from '../config/release.js';
import { Public, Request } from '../context/index.js';
import { DatabaseMetrics } from '../database/index.js';
import { Operators } from '../door/index.js';
import { Operation } from '../http/index.js';
import { ServerErrors } from '../errors/index.js';
import { JobsHealth } from '../jobs/index.js';
import { RedisConnection } from '../redis/index.js';
import { DatabaseProbe, PROBE_TIMEOUT_MS } from './database-probe.js';
import { HealthParts, type NamedPart } from './health-parts.js';
import { Lifecycle } from './lifecycle.js';

/** Terminus would document its own body for a failure. Here a failure is a problem document. */
const HEALTH = { noCache: true, swaggerDocumentation: false };
const parts = (description: string) => ({
  type: 'object',
  additionalProperties: { type: 'object', additionalProperties: true },
  description,
  example: {},
});
const answer = (...statuses: string[]) => ({
  type: 'object',
  required: ['status'],
  properties: {
    status: { type: 'string', enum: statuses, description: 'The state of the process.' },
    info: parts('Parts that work, by name.'),
    error: parts('Parts that fail, by name.'),
    details: parts('All parts, by name.'),
    version: {
      type: 'string',
      description: 'The release. Only operators see it.',
      example: VERSION,
    },
  },
});
const healthy = answer('ok');

@ApiTags('health')
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: DatabaseProbe,
    private readonly pool: DatabaseMetrics,
    private readonly redis: RedisConnection,
    private readonly jobs: JobsHealth,
    private readonly parts: HealthParts,
    private readonly lifecycle: Lifecycle,
    private readonly operators: Operators,
  ) {}

  @Operation({
    summary: 'Check that the process runs',
    description: 'Restart the process when this fails. It asks neither the database nor Redis.',
  })
  @Get('live')
  @ApiOkResponse({ schema: healthy })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Operation({ summary: 'Check that the start has finished', errors: [ServerErrors.unavailable] })
  @Get('startup')
  @HealthCheck(HEALTH)
  @ApiOkResponse({ schema: healthy })
  startup(): Promise<HealthCheckResult> {
    return this.health.check([() => this.lifecycleIndicator('startup', this.lifecycle.started)]);
  }

  @Operation({
    summary: 'Check that requests can be served',
    description:
      'Send traffic here only while this answers 200. `degraded` is still 200: Redis is unreachable, jobs are late, the pool of connections is full, or the embedder fails. Operators see each part.',
    errors: [ServerErrors.unavailable],
  })
  @Get('ready')
  @HealthCheck(HEALTH)
  @ApiOkResponse({ schema: answer('ok', 'degraded') })
  async ready(
    @Request() request: FastifyRequest,
  ): Promise<Partial<HealthCheckResult> & { version?: string }> {
    const result = await this.health.check([
      () => this.lifecycleIndicator('accepting', this.lifecycle.accepting),
      () => this.databaseIndicator(),
      ...(this.redis.configured ? [() => this.redisIndicator()] : []),
      () => this.jobsIndicator(),
      ...this.parts.list().map((part) => () => this.partIndicator(part)),
    ]);
    return this.operators.include(request)
      ? { ...result, version: VERSION }
      : { status: result.status };
  }

  private lifecycleIndicator(key: string, up: boolean) {
    const indicator = this.indicators.check(key);
    return up ? indicator.up() : indicator.down();
  }

  /** A full pool may be empty in a moment, and another process would not help a slow database. */
  private async databaseIndicator() {
    const indicator = this.indicators.check('database');
    const state = await this.database.state();
    if (state === 'down') return indicator.down();
    if (this.pool.poolIsExhausted)
      return indicator.degraded({ effect: 'requests wait for a connection' });
    return state === 'late'
      ? indicator.degraded({ effect: 'the database answers late' })
      : indicator.up();
  }

  private async jobsIndicator() {
    const state = await this.jobs.state(PROBE_TIMEOUT_MS);
    return this.partIndicator({ name: 'jobs', state: { ...state } });
  }

  private partIndicator({ name, state: { effect, ...state } }: NamedPart) {
    const indicator = this.indicators.check(name);
    return effect === undefined ? indicator.up(state) : indicator.degraded({ ...state, effect });
  }

  private async redisIndicator() {
    const indicator = this.indicators.check('redis');
    const timeout = new Promise<never>((_, reject) => setTimeout(reject, PROBE_TIMEOUT_MS).unref());
    return Promise.race([this.redis.ping(), timeout]).then(
      () => indicator.up(),
      () => indicator.degraded({ effect: 'caches are cold' }),
    );
  }
}
