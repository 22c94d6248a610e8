// Probes the database on a connection of its own, so that a full pool does not look like a dead
// server.
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import {
  CONNECT_TIMED_OUT,
  elapsed,
  PREPARED_DATABASE,
  type PreparedDatabase,
  withSilenceTimeout,
} from '../database/index.js';

export const PROBE_TIMEOUT_MS = 900;

/** `late`: the database answers, or may still answer, as slowly as it recently did. */
export type DatabaseHealth = 'up' | 'late' | 'down';

@Injectable()
export class DatabaseProbe implements OnApplicationShutdown {
  private client: Promise<pg.Client> | undefined;
  private running: Promise<void> | undefined;

  constructor(@Inject(PREPARED_DATABASE) private readonly prepared: PreparedDatabase) {}

  /**
   * The state as requests see it. An open circuit refuses requests that need a connection; a slow
   * server still answers them.
   */
  async state(): Promise<DatabaseHealth> {
    const { breaker } = this.prepared.connection;
    if (breaker?.isClosed === false) return 'down';
    const late = () => breaker?.times.areSlow === true;
    const over = new AbortController();
    const answered = this.ping().then(
      () => (late() ? 'late' : 'up'),
      () => 'down' as const,
    );
    const overdue = elapsed(PROBE_TIMEOUT_MS, over.signal).then(
      () => (late() ? 'late' : 'down'),
      () => 'down' as const,
    );
    return Promise.race([answered, overdue]).finally(() => over.abort());
  }

  /** @throws Error when the server is silent; the next call opens another connection */
  private ping(): Promise<void> {
    // One connection runs one statement at a time: concurrent probes share an answer.
    this.running ??= this.ask().finally(() => (this.running = undefined));
    return this.running;
  }

  private async ask(): Promise<void> {
    try {
      const client = await (this.client ??= this.connect());
      const asked = performance.now();
      await withSilenceTimeout(client, this.silence, CONNECT_TIMED_OUT, client.query('select 1'));
      this.prepared.connection.breaker?.times.record(performance.now() - asked);
    } catch {
      await this.disconnect();
      throw new Error('the database does not answer');
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.disconnect();
  }

  private get silence(): number {
    return this.prepared.connection.connectTimeout ?? Infinity;
  }

  private async connect(): Promise<pg.Client> {
    const { url, options } = this.prepared.connection;
    const client = new pg.Client({
      connectionString: url,
      application_name: 'threadkeep health',
      ...(options ? { options } : {}),
    });
    client.on('error', () => (this.client = undefined));
    await withSilenceTimeout(client, this.silence, CONNECT_TIMED_OUT, client.connect());
    return client;
  }

  private async disconnect(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.then((open) => open.end()).catch(() => undefined);
  }
}
