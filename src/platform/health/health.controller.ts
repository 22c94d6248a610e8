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
import { Public, Request } from '../context/index.js';
import { DatabaseMetrics } from '../database/index.js';
import { Operators } from '../door/index.js';
import { ApiProblems } from '../http/index.js';
import { JobsHealth } from '../jobs/index.js';
import { RedisConnection } from '../redis/index.js';
import { DatabaseProbe, PROBE_TIMEOUT_MS } from './database-probe.js';
import { Lifecycle } from './lifecycle.js';

/** Terminus would document its own body for a failure. Here a failure is a problem document. */
const HEALTH = { noCache: true, swaggerDocumentation: false };
const parts = {
  type: 'object',
  additionalProperties: { type: 'object', additionalProperties: true },
};
const answer = (...statuses: string[]) => ({
  type: 'object',
  required: ['status'],
  properties: {
    status: { type: 'string', enum: statuses },
    info: parts,
    error: parts,
    details: parts,
  },
});
const healthy = answer('ok');

@ApiTags('health')
@ApiProblems()
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
    private readonly lifecycle: Lifecycle,
    private readonly operators: Operators,
  ) {}

  /** The process runs: restart it when this fails. Asks nothing else. */
  @Get('live')
  @ApiOkResponse({ schema: healthy })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Start-up has finished. */
  @Get('startup')
  @HealthCheck(HEALTH)
  @ApiOkResponse({ schema: healthy })
  startup(): Promise<HealthCheckResult> {
    return this.health.check([() => this.lifecycleIndicator('startup', this.lifecycle.started)]);
  }

  /**
   * Requests can be served: send traffic here. Redis down, jobs late and a full pool are degraded,
   * and still 200. Operators see the parts, as they see metrics.
   */
  @Get('ready')
  @HealthCheck(HEALTH)
  @ApiOkResponse({ schema: answer('ok', 'degraded') })
  async ready(
    @Request() request: FastifyRequest,
  ): Promise<HealthCheckResult | Pick<HealthCheckResult, 'status'>> {
    const result = await this.health.check([
      () => this.lifecycleIndicator('accepting', this.lifecycle.accepting),
      () => this.databaseIndicator(),
      ...(this.redis.configured ? [() => this.redisIndicator()] : []),
      () => this.jobsIndicator(),
    ]);
    return this.operators.include(request) ? result : { status: result.status };
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
    const indicator = this.indicators.check('jobs');
    const { effect, ...state } = await this.jobs.state(PROBE_TIMEOUT_MS);
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
