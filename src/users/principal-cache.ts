// What this process remembers about keys and users, and how it forgets the moment any process changes one.
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import pg from 'pg';
import { Config } from '../platform/config/config.js';
import type { Principal } from '../platform/context/index.js';
import { CONNECT_SILENCE, PREPARED_DATABASE, type PreparedDatabase, QUERY_SILENCE, unlessSilent } from '../platform/database/index.js';

/** Sent by triggers on api_key and app_user. */
const CHANNEL = 'threadkeep_principals';

/** Milliseconds an entry lives while changes are announced to us: a bound, should an announcement be lost. */
const TTL_ANNOUNCED = 600_000;
/** Milliseconds without announcements: behind a transaction pooler, or while the listening connection is down. */
const TTL_UNANNOUNCED = 1_000;
/** Milliseconds for which the caches take one look at the clock: by default it is one, and each look sets a timer. */
const TTL_RESOLUTION = 100;
const RECONNECT_DELAY = 1_000;
/** Milliseconds between two signs of life: a connection that is dead and does not say so is found out within this and DB_CONNECT_TIMEOUT. */
const HEARTBEAT = 2_000;

@Injectable()
export class PrincipalCache implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(PrincipalCache.name);
  private readonly principals = new LRUCache<string, Principal>({ max: 10_000, ttlResolution: TTL_RESOLUTION });
  /** Apart, so that guesses do not push out the keys that are in use. */
  private readonly unknown = new LRUCache<string, true>({ max: 1_000, ttlResolution: TTL_RESOLUTION });
  /** Tokens that were valid when they were last looked up. Never cleared: whoever changes a key or a user must not make strangers of all others. */
  private readonly lastValid = new LRUCache<string, true>({ max: 10_000 });
  private readonly userIds = new LRUCache<string, string>({ max: 50_000, ttlResolution: TTL_RESOLUTION });
  private listener: pg.Client | undefined;
  private announced = false;
  private heartbeat: NodeJS.Timeout | undefined;
  private stopped = false;
  /** Counts the clearings, so that a look-up begun before one does not store what it found before. */
  private generation = 0;

  constructor(
    @Inject(PREPARED_DATABASE) private readonly prepared: PreparedDatabase,
    private readonly config: Config,
  ) {}

  /** Undefined when the database must be asked, null for a token that is known to be nobody's. */
  principal(token: string): Principal | null | undefined {
    return this.principals.get(token) ?? (this.unknown.has(token) ? null : undefined);
  }

  /** Whether the token was valid when it was last looked up, however long ago. */
  wasValid(token: string): boolean {
    return this.lastValid.has(token);
  }

  userId(reference: string): string | undefined {
    return this.userIds.get(reference);
  }

  /** Call before a look-up; the function it returns stores what was found, unless a change was announced meanwhile. */
  remembering(): { principal: (token: string, found: Principal | null) => void; userId: (reference: string, id: string) => void } {
    const { generation } = this;
    const ttl = this.announced ? TTL_ANNOUNCED : TTL_UNANNOUNCED;
    const unchanged = () => generation === this.generation;
    return {
      principal: (token, principal) => {
        if (principal) this.lastValid.set(token, true);
        else this.lastValid.delete(token);
        if (!unchanged()) return;
        if (principal) this.principals.set(token, principal, { ttl });
        else this.unknown.set(token, true, { ttl });
      },
      userId: (reference, id) => void (unchanged() && this.userIds.set(reference, id, { ttl })),
    };
  }

  /** Forgets everything: the next request of each key asks the database. */
  clear(): void {
    this.generation++;
    this.principals.clear();
    this.unknown.clear();
    this.userIds.clear();
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.config.transactionPooler) await this.listen();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.heartbeat);
    await this.listener?.end().catch(() => undefined);
  }

  private async listen(): Promise<void> {
    const { url, options } = this.prepared.connection;
    const silence = this.config.connectTimeout * 1000;
    const client = new pg.Client({ connectionString: url, application_name: 'threadkeep principals', ...(options ? { options } : {}) });
    this.listener = client;
    client.on('notification', () => this.clear());
    client.on('error', () => undefined);
    client.on('end', () => this.lost(client));
    try {
      await unlessSilent(client, silence, CONNECT_SILENCE, client.connect().then(() => client.query(`listen ${CHANNEL}`)));
      this.clear();
      this.announced = true;
      this.beat(client, silence);
    } catch (error) {
      this.logger.warn({ msg: 'not listening for key changes', err: error });
      this.lost(client);
    }
  }

  private beat(client: pg.Client, silence: number): void {
    const sign = () => unlessSilent(client, silence, QUERY_SILENCE, client.query('select 1'));
    this.heartbeat = setTimeout(() => void sign().then(() => client === this.listener && this.beat(client, silence), () => this.lost(client)), HEARTBEAT).unref();
  }

  private lost(client: pg.Client): void {
    if (client !== this.listener) return;
    this.listener = undefined;
    clearTimeout(this.heartbeat);
    void client.end().catch(() => undefined);
    this.announced = false;
    this.clear();
    if (!this.stopped) setTimeout(() => void (this.stopped || this.listen()), RECONNECT_DELAY).unref();
  }
}
