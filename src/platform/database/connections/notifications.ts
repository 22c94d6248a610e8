// The one connection on which this process listens (LISTEN) and notifies (NOTIFY). A notification
// is a hint: it may be lost, and any login of the database may send one.
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import pg from 'pg';
import { Config } from '../../config/config.js';
import { isConnectionFailure } from '../../errors/index.js';
import { PREPARED_DATABASE, type PreparedDatabase } from '../setup/prepare-database.js';
import { CONNECT_TIMED_OUT, QUERY_TIMED_OUT, withSilenceTimeout } from './silence-timeout.js';

const RECONNECT_DELAY_MS = 1_000;
/**
 * Interval of keep-alive queries. A connection that died silently is detected within this time and
 * DB_CONNECT_TIMEOUT.
 */
const HEARTBEAT_MS = 2_000;

export interface Subscriber {
  /** Called for each notification of the channel that another connection sent. */
  notified: (payload: string) => void;
  /** Called when listening starts, and when it stops. */
  listeningChanged: (isListening: boolean) => void;
}

const NOTIFY = 'select pg_notify($1, $2)';

const isRefusal = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && !isConnectionFailure(error);

@Injectable()
export class Notifications implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Notifications.name);
  private readonly subscribers = new Map<string, Subscriber>();
  private readonly url: string;
  private readonly silenceMs: number;
  private readonly isPossible: boolean;
  private client: pg.Client | undefined;
  private firstTry: Promise<void> | undefined;
  private listening = false;
  private lastQuery: Promise<unknown> = Promise.resolve();
  private heartbeat: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    @Inject(PREPARED_DATABASE) { connection }: PreparedDatabase,
    { transactionPooler, connectTimeout }: Config,
  ) {
    this.url = connection.url;
    this.silenceMs = connectTimeout * 1_000;
    this.isPossible = !transactionPooler;
  }

  /** Call it in a constructor: the connection opens when the application starts. */
  subscribe(channel: string, subscriber: Subscriber): void {
    this.subscribers.set(channel, subscriber);
  }

  /** False while the connection is lost, and always behind a transaction pooler. */
  get isListening(): boolean {
    return this.listening;
  }

  /**
   * Notifies other processes, unless the connection is lost. The server may refuse it, as when its
   * queue of notifications is full: the connection goes on.
   * @param payload less than 8,000 bytes
   */
  notify(channel: string, payload = ''): void {
    if (this.listening)
      void this.send(NOTIFY, [channel, payload], isRefusal).catch(() => undefined);
  }

  /**
   * Runs one statement on the listening connection, with the login of requests and no scope, after
   * those before it.
   * @throws Error when the connection is lost, or when the statement fails, which ends it
   */
  query<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    return this.send(text, values, () => false);
  }

  /** @param isHarmless whether the connection goes on after this error */
  private async send<Row extends object>(
    text: string,
    values: unknown[],
    isHarmless: (error: unknown) => boolean,
  ): Promise<Row[]> {
    const { client } = this;
    if (!client) throw new Error('this process does not listen');
    const result = this.lastQuery.then(async () => {
      const sent = client.query<Row & pg.QueryResultRow>(text, values);
      return (await withSilenceTimeout(client, this.silenceMs, QUERY_TIMED_OUT, sent)).rows;
    });
    this.lastQuery = result.catch((error: unknown) => {
      if (!isHarmless(error)) this.lost(client);
    });
    return result;
  }

  /** Connects while the rest of the application starts. */
  onModuleInit(): void {
    if (this.isPossible && this.subscribers.size > 0) this.firstTry = this.listen();
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.firstTry;
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.heartbeat);
    await this.client?.end().catch(() => undefined);
  }

  private async listen(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'threadkeep notifications',
    });
    this.client = client;
    client.on('notification', ({ channel, payload = '', processId }) => {
      if (processId !== (client as unknown as { processID: number }).processID)
        this.subscribers.get(channel)?.notified(payload);
    });
    client.on('error', () => undefined);
    client.on('end', () => this.lost(client));
    try {
      const channels = [...this.subscribers.keys()].map((channel) => `listen ${channel}`);
      const started = client.connect().then(() => client.query(channels.join('; ')));
      await withSilenceTimeout(client, this.silenceMs, CONNECT_TIMED_OUT, started);
      this.changed(true);
      this.beat(client);
    } catch (error) {
      this.logger.warn({ msg: 'not listening for notifications', err: error });
      this.lost(client);
    }
  }

  private beat(client: pg.Client): void {
    const next = () => client === this.client && this.beat(client);
    this.heartbeat = setTimeout(
      () => void this.query('select 1', []).then(next, () => undefined),
      HEARTBEAT_MS,
    ).unref();
  }

  private lost(client: pg.Client): void {
    if (client !== this.client) return;
    this.client = undefined;
    clearTimeout(this.heartbeat);
    void client.end().catch(() => undefined);
    this.changed(false);
    if (this.stopped) return;
    setTimeout(() => void (this.stopped || this.listen()), RECONNECT_DELAY_MS).unref();
  }

  private changed(isListening: boolean): void {
    this.listening = isListening;
    for (const { listeningChanged } of this.subscribers.values()) listeningChanged(isListening);
  }
}
