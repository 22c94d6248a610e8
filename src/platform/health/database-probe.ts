// Asks the database on a connection of its own, so that a busy pool is not taken for a dead server.
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { PREPARED_DATABASE, type PreparedDatabase } from '../database/index.js';

/** Milliseconds a probe may take. */
export const PROBE_TIMEOUT = 900;

@Injectable()
export class DatabaseProbe implements OnApplicationShutdown {
  private client: Promise<pg.Client> | undefined;
  private running: Promise<void> | undefined;

  constructor(@Inject(PREPARED_DATABASE) private readonly prepared: PreparedDatabase) {}

  /** @throws Error when the server does not answer in time; the next call connects anew. */
  ping(): Promise<void> {
    // One connection runs one statement at a time: probes that come together share an answer.
    this.running ??= this.ask().finally(() => (this.running = undefined));
    return this.running;
  }

  private async ask(): Promise<void> {
    try {
      const client = await (this.client ??= this.connect());
      await client.query('select 1');
    } catch {
      await this.disconnect();
      throw new Error('the database does not answer');
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.disconnect();
  }

  private async connect(): Promise<pg.Client> {
    const { url, options } = this.prepared.connection;
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: PROBE_TIMEOUT,
      query_timeout: PROBE_TIMEOUT,
      application_name: 'threadkeep health',
      ...(options ? { options } : {}),
    });
    client.on('error', () => (this.client = undefined));
    await client.connect();
    return client;
  }

  private async disconnect(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.then((open) => open.end()).catch(() => undefined);
  }
}
