// Metrics of the database connections: the pools, and whether new connections can be opened.
import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Gauge, Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import { ConnectionShares } from './connections/connection-shares.js';
import { poolOf, SYSTEM_SOURCE } from './data-source.js';
import { PREPARED_DATABASE, type PreparedDatabase } from './setup/prepare-database.js';

function statesOf(source: DataSource): { busy: number; idle: number } {
  const { totalCount, idleCount } = poolOf(source);
  return { busy: totalCount - idleCount, idle: idleCount };
}

@Injectable()
export class DatabaseMetrics {
  constructor(
    private readonly registry: Registry,
    @InjectDataSource() private readonly dataSource: DataSource,
    @InjectDataSource(SYSTEM_SOURCE) private readonly systemSource: DataSource,
    @Inject(PREPARED_DATABASE) { connection }: PreparedDatabase,
    private readonly shares: ConnectionShares,
  ) {
    connection.metrics?.all.forEach((metric) => registry.registerMetric(metric));
    this.gauge('threadkeep_db_pool_connections', 'Connections of the pool.', 'state', () =>
      statesOf(this.dataSource),
    );
    this.gauge(
      'threadkeep_db_system_pool_connections',
      "Connections of the system's own pool.",
      'state',
      () => statesOf(this.systemSource),
    );
    this.gauge(
      'threadkeep_db_pool_waiting',
      'Those who wait for a connection of a pool.',
      undefined,
      () => this.waitingCount + shares.waiting,
    );
    this.gauge(
      'threadkeep_db_circuit_open',
      '1 while the database cannot be reached and no connections are opened.',
      undefined,
      () => (connection.breaker?.isClosed === false ? 1 : 0),
    );
  }

  /**
   * True when someone waits because all connections of a pool are in use, and not because their
   * share is used up.
   */
  get poolIsExhausted(): boolean {
    return this.shares.isExhausted || this.waitingCount > 0;
  }

  private get waitingCount(): number {
    return poolOf(this.dataSource).waitingCount + poolOf(this.systemSource).waitingCount;
  }

  /** Reads the value at each scrape. */
  private gauge(
    name: string,
    help: string,
    label: string | undefined,
    read: () => number | Record<string, number>,
  ): void {
    new Gauge({
      name,
      help,
      labelNames: label ? [label] : [],
      registers: [this.registry],
      collect() {
        const value = read();
        if (typeof value === 'number') this.set(value);
        else
          for (const [state, count] of Object.entries(value)) this.set({ [label!]: state }, count);
      },
    });
  }
}
