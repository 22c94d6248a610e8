// Probes for an orchestrator: alive, started, ready to serve.
import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { HealthCheck, type HealthCheckResult, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { Public } from '../context/index.js';
import { DatabaseProbe, PROBE_TIMEOUT } from './database-probe.js';
import { Lifecycle } from './lifecycle.js';
import { RedisProbe } from './redis-probe.js';

@ApiTags('health')
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: DatabaseProbe,
    private readonly redis: RedisProbe,
    private readonly lifecycle: Lifecycle,
  ) {}

  /** The process runs: restart it when this fails. Asks nothing else. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Start-up has finished. */
  @Get('startup')
  @HealthCheck()
  startup(): Promise<HealthCheckResult> {
    return this.health.check([() => this.lifecycleIndicator('startup', this.lifecycle.started)]);
  }

  /** Requests can be served: send traffic here. Redis down is degraded, and still 200. */
  @Get('ready')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.lifecycleIndicator('accepting', this.lifecycle.accepting),
      () => this.indicators.check('database').attempt(() => this.database.ping()).withTimeout(PROBE_TIMEOUT),
      ...(this.redis.configured ? [() => this.redisIndicator()] : []),
    ]);
  }

  private lifecycleIndicator(key: string, up: boolean) {
    const indicator = this.indicators.check(key);
    return up ? indicator.up() : indicator.down();
  }

  private async redisIndicator() {
    const indicator = this.indicators.check('redis');
    const timeout = new Promise<never>((_, reject) => setTimeout(reject, PROBE_TIMEOUT).unref());
    return Promise.race([this.redis.ping(), timeout]).then(
      () => indicator.up(),
      () => indicator.degraded({ effect: 'caches are cold' }),
    );
  }
}
