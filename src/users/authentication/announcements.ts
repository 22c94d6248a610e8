// Listens for changes of identities (LISTEN), so that cached keys and users are dropped early.
// Nothing depends on it: each transaction compares the counters itself.
import { Logger } from '@nestjs/common';
import pg from 'pg';
import type { Epoch } from '../../platform/context/index.js';
import {
  CONNECT_TIMED_OUT,
  QUERY_TIMED_OUT,
  withSilenceTimeout,
} from '../../platform/database/index.js';

/**
 * Notified by `threadkeep.count_epoch()` with the slot as payload. Anyone with the runtime login
 * may notify, too.
 */
const CHANNEL = 'threadkeep_principals';

const SLOT_COUNT = 4096;
const RECONNECT_DELAY_MS = 1_000;
/**
 * Interval of keep-alive queries. A connection that died silently is detected within this time and
 * DB_CONNECT_TIMEOUT.
 */
const HEARTBEAT_MS = 2_000;
/** Shortest time between two reads of the counters, however many notifications arrive. */
const MIN_READ_INTERVAL_MS = 50;

const COUNTERS = `select slot, number from threadkeep.identity_epoch where slot = any ($1::smallint[])`;

export interface Listener {
  /** Called with the current counters of the slots that changed. */
  epochsChanged: (epochs: Epoch[]) => void;
  /** Called when listening starts, and when it stops. */
  listeningChanged: (isListening: boolean) => void;
}

export class Announcements {
  private readonly logger = new Logger(Announcements.name);
  private client: pg.Client | undefined;
  private heartbeat: NodeJS.Timeout | undefined;
  private stopped = false;
  private readonly slots = new Set<number>();
  private pendingRead: NodeJS.Timeout | undefined;
  private lastReadAt = 0;

  constructor(
    private readonly connection: { url: string; options?: string | undefined },
    private readonly listener: Listener,
    private readonly silenceMs: number,
  ) {}

  async listen(): Promise<void> {
    const { url, options } = this.connection;
    const client = new pg.Client({
      connectionString: url,
      application_name: 'threadkeep principals',
      ...(options ? { options } : {}),
    });
    this.client = client;
    client.on('notification', ({ payload }) => this.announced(client, payload));
    client.on('error', () => undefined);
    client.on('end', () => this.lost(client));
    try {
      const listening = client.connect().then(() => client.query(`listen ${CHANNEL}`));
      await withSilenceTimeout(client, this.silenceMs, CONNECT_TIMED_OUT, listening);
      this.listener.listeningChanged(true);
      this.beat(client);
    } catch (error) {
      this.logger.warn({ msg: 'not listening for key changes', err: error });
      this.lost(client);
    }
  }

  private beat(client: pg.Client): void {
    const sign = () => this.ask(client, client.query('select 1'));
    const next = () => client === this.client && this.beat(client);
    this.heartbeat = setTimeout(
      () => void sign().then(next, () => this.lost(client)),
      HEARTBEAT_MS,
    ).unref();
  }

  private ask<T>(client: pg.Client, query: Promise<T>): Promise<T> {
    return withSilenceTimeout(client, this.silenceMs, QUERY_TIMED_OUT, query);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.heartbeat);
    clearTimeout(this.pendingRead);
    await this.client?.end().catch(() => undefined);
  }

  /**
   * Schedules a read of the counters. The payload is not trusted: a forged notification costs a
   * share of one read.
   */
  private announced(client: pg.Client, payload = ''): void {
    const slot = /^\d{1,4}$/.test(payload) ? Number(payload) : SLOT_COUNT;
    if (slot >= SLOT_COUNT) return;
    this.slots.add(slot);
    const wait = Math.max(0, this.lastReadAt + MIN_READ_INTERVAL_MS - performance.now());
    this.pendingRead ??= setTimeout(() => void this.readCounters(client), wait).unref();
  }

  private async readCounters(client: pg.Client): Promise<void> {
    this.pendingRead = undefined;
    this.lastReadAt = performance.now();
    const slots = [...this.slots];
    this.slots.clear();
    try {
      this.listener.epochsChanged(
        (await this.ask(client, client.query<Epoch>(COUNTERS, [slots]))).rows,
      );
    } catch {
      this.lost(client);
    }
  }

  private lost(client: pg.Client): void {
    if (client !== this.client) return;
    this.client = undefined;
    clearTimeout(this.heartbeat);
    void client.end().catch(() => undefined);
    this.listener.listeningChanged(false);
    if (this.stopped) return;
    setTimeout(() => void (this.stopped || this.listen()), RECONNECT_DELAY_MS).unref();
  }
}
