// How the connections to the database are doing: what the pool has, and whether a new one can be opened.
import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type pg from 'pg';
import { Gauge, Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import { ConnectionShares } from './connection-shares.js';
import { poolOf } from './data-source.js';
import { PREPARED_DATABASE, type PreparedDatabase } from './prepare-database.js';

@Injectable()
export class DatabaseMetrics {
  constructor(
    private readonly registry: Registry,
    @InjectDataSource() private readonly dataSource: DataSource,
    @Inject(PREPARED_DATABASE) { connection }: PreparedDatabase,
    private readonly shares: ConnectionShares,
  ) {
    connection.metrics?.all.forEach((metric) => registry.registerMetric(metric));
    this.gauge('threadkeep_db_pool_connections', 'Connections of the pool.', 'state', ({ totalCount, idleCount }) => ({ busy: totalCount - idleCount, idle: idleCount }));
    this.gauge('threadkeep_db_pool_waiting', 'Those who wait for a connection of the pool.', undefined, ({ waitingCount }) => waitingCount + shares.waiting);
    this.gauge('threadkeep_db_circuit_open', '1 while the database cannot be reached and no connections are opened.', undefined, () => (connection.gate?.isOpen === false ? 1 : 0));
  }

  /** Whether somebody is waiting for a connection of the pool because all are in use, and not because of a share that is used up. */
  get poolIsExhausted(): boolean {
    return this.shares.isExhausted || poolOf(this.dataSource).waitingCount > 0;
  }

  /** Read when somebody asks for it. */
  private gauge(name: string, help: string, label: string | undefined, read: (pool: pg.Pool) => number | Record<string, number>): void {
    const now = () => read(poolOf(this.dataSource));
    new Gauge({
      name,
      help,
      labelNames: label ? [label] : [],
      registers: [this.registry],
      collect() {
        const value = now();
        if (typeof value === 'number') this.set(value);
        else for (const [state, count] of Object.entries(value)) this.set({ [label!]: state }, count);
      },
    });
  }
}
