// Hears from PostgreSQL which counters of identities have moved, so that a change is known before a
// request meets it. Nothing depends on it: each transaction compares its own counters.
import { Logger } from '@nestjs/common';
import pg from 'pg';
import type { Epoch } from '../../platform/context/index.js';
import {
  CONNECT_TIMED_OUT,
  QUERY_TIMED_OUT,
  withSilenceTimeout,
} from '../../platform/database/index.js';

/** Sent by `threadkeep.count_epoch()`, with the slot. Anybody with the runtime login may send it. */
const CHANNEL = 'threadkeep_principals';

const SLOTS = 4096;
const RECONNECT_DELAY_MS = 1_000;
/** Between two signs of life: a dead connection that does not say so is found out within this and DB_CONNECT_TIMEOUT. */
const HEARTBEAT_MS = 2_000;
/** Between two looks at the counters, however much is announced. */
const LOOK_INTERVAL_MS = 50;

const COUNTERS = `select slot, number from threadkeep.identity_epoch where slot = any ($1::smallint[])`;

export interface Listener {
  /** The counters of slots that were announced, as they are. */
  moved: (epochs: Epoch[]) => void;
  /** From now on announcements are heard, or no longer. */
  heard: (isHeard: boolean) => void;
}

export class Announcements {
  private readonly logger = new Logger(Announcements.name);
  private client: pg.Client | undefined;
  private heartbeat: NodeJS.Timeout | undefined;
  private stopped = false;
  private readonly slots = new Set<number>();
  private look: NodeJS.Timeout | undefined;
  private lookedAt = 0;

  constructor(
    private readonly connection: { url: string; options?: string | undefined },
    private readonly listener: Listener,
    /** How long the server may be silent while something is asked of it, in milliseconds. */
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
      this.listener.heard(true);
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
    clearTimeout(this.look);
    await this.client?.end().catch(() => undefined);
  }

  /** An announcement is a reason to look, and no more: a forged one costs a part of a look. */
  private announced(client: pg.Client, payload = ''): void {
    const slot = /^\d{1,4}$/.test(payload) ? Number(payload) : SLOTS;
    if (slot >= SLOTS) return;
    this.slots.add(slot);
    const wait = Math.max(0, this.lookedAt + LOOK_INTERVAL_MS - performance.now());
    this.look ??= setTimeout(() => void this.lookAt(client), wait).unref();
  }

  private async lookAt(client: pg.Client): Promise<void> {
    this.look = undefined;
    this.lookedAt = performance.now();
    const slots = [...this.slots];
    this.slots.clear();
    try {
      this.listener.moved((await this.ask(client, client.query<Epoch>(COUNTERS, [slots]))).rows);
    } catch {
      this.lost(client);
    }
  }

  private lost(client: pg.Client): void {
    if (client !== this.client) return;
    this.client = undefined;
    clearTimeout(this.heartbeat);
    void client.end().catch(() => undefined);
    this.listener.heard(false);
    if (this.stopped) return;
    setTimeout(() => void (this.stopped || this.listen()), RECONNECT_DELAY_MS).unref();
  }
}
