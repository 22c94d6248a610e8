// Asks the database on a connection of its own, so that a busy pool is not taken for a dead server.
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import {
  CONNECT_SILENCE,
  passed,
  PREPARED_DATABASE,
  type PreparedDatabase,
  unlessSilent,
} from '../database/index.js';

/** Milliseconds a probe may take. */
export const PROBE_TIMEOUT = 900;

/** `late`: it answers, or may yet, as late as it has lately. */
export type DatabaseState = 'up' | 'late' | 'down';

@Injectable()
export class DatabaseProbe implements OnApplicationShutdown {
  private client: Promise<pg.Client> | undefined;
  private running: Promise<void> | undefined;

  constructor(@Inject(PREPARED_DATABASE) private readonly prepared: PreparedDatabase) {}

  /** What requests meet: while the gate is shut, those that need a connection are refused, and a server that answers late answers them. */
  async state(): Promise<DatabaseState> {
    const { gate } = this.prepared.connection;
    if (gate?.isOpen === false) return 'down';
    const late = () => gate?.times.areLate === true;
    const over = new AbortController();
    const answered = this.ping().then(
      () => (late() ? 'late' : 'up'),
      () => 'down' as const,
    );
    const overdue = passed(PROBE_TIMEOUT, over.signal).then(
      () => (late() ? 'late' : 'down'),
      () => 'down' as const,
    );
    return Promise.race([answered, overdue]).finally(() => over.abort());
  }

  /** @throws Error when the server is silent; the next call connects anew. */
  private ping(): Promise<void> {
    // One connection runs one statement at a time: probes that come together share an answer.
    this.running ??= this.ask().finally(() => (this.running = undefined));
    return this.running;
  }

  private async ask(): Promise<void> {
    try {
      const client = await (this.client ??= this.connect());
      const asked = performance.now();
      await unlessSilent(client, this.silence, CONNECT_SILENCE, client.query('select 1'));
      this.prepared.connection.gate?.times.note(performance.now() - asked);
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
    await unlessSilent(client, this.silence, CONNECT_SILENCE, client.connect());
    return client;
  }

  private async disconnect(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.then((open) => open.end()).catch(() => undefined);
  }
}
