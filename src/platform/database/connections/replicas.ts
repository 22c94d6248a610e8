// Copies of the database for reads whose answer may be a moment old. Whatever goes wrong with one, the primary is asked.
import { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Config } from '../../config/config.js';
import type { Scope, TimeLimits } from '../../context/index.js';
import { ConnectionGate } from './connection-gate.js';
import { clientOptions, type Connection, poolOptions } from '../data-source.js';
import type { LaneSession } from './lane-connection.js';
import { ReadLanes } from './lanes.js';
import { pipelined } from './pipeline.js';
import { SafePool } from './safe-pool.js';
import { laneOpeningOf, openingOf } from './scope-statements.js';
import type { NamedConfig } from './scoped-query.js';
import { isStaleIdentity } from '../stale-identity.js';

/** Milliseconds in which a user who has written here reads from the primary: a copy may be that far behind. */
const READ_YOUR_WRITES = 5_000;
/** The most milliseconds that finding a copy unreachable may cost a read. */
const CONNECT_TIMEOUT = 2_000;
/** Milliseconds that a read on a lane waits for a copy: the primary may be quicker then. */
const PATIENCE = 2_000;
const LANES = 2;
/** The primary would take as long. */
const STATEMENT_TIMED_OUT = '57014';

export interface ReplicaRead {
  scope: Scope;
  statement: NamedConfig;
  /** Not on a lane, where others would have to wait. */
  slow: boolean;
  limits?: TimeLimits | undefined;
}

class Replica {
  readonly gate: ConnectionGate;
  private readonly lanes: ReadLanes;
  private readonly pool: SafePool;

  constructor(
    url: string,
    primary: Connection,
    session: LaneSession,
    private readonly config: Config,
  ) {
    const connectTimeout = Math.min(CONNECT_TIMEOUT, primary.connectTimeout ?? CONNECT_TIMEOUT);
    this.gate = new ConnectionGate(url, connectTimeout);
    const connection = { ...primary, url, gate: this.gate, connectTimeout };
    const options = { ...clientOptions(connection), standby: true };
    this.lanes = new ReadLanes(
      LANES,
      { ...options, query_timeout: PATIENCE, maxLifetime: primary.maxLifetime ?? 0 },
      session,
    );
    this.pool = new SafePool({
      ...options,
      ...poolOptions(connection),
      connectionTimeoutMillis: CONNECT_TIMEOUT,
    });
    this.pool.on('error', () => undefined);
    this.gate.onSilence(() => this.lanes.dropSilent());
  }

  async read<Row extends object>({ scope, statement, slow, limits }: ReplicaRead): Promise<Row[]> {
    const rows = slow
      ? null
      : await this.lanes.run<Row>({ scope: laneOpeningOf(scope), statement });
    if (rows) return rows;
    const client = await this.pool.connect();
    try {
      const { name, ...unnamed } = statement;
      return await pipelined<Row>(
        client,
        openingOf(scope, true, this.config, limits),
        name === '' ? unnamed : statement,
      );
    } finally {
      client.release();
    }
  }

  async close(): Promise<void> {
    this.gate.stop();
    await Promise.all([this.lanes.close(), this.pool.end()]);
  }
}

/** Logins are copied as well, and only that of the primary is known to be bound by the policies. */
function asLoginOf(primaryUrl: string, url: string): string {
  const { username, password } = new URL(primaryUrl);
  return String(Object.assign(new URL(url), { username, password }));
}

export class Replicas {
  private readonly logger = new Logger('Replicas');
  private readonly wroteLately = new LRUCache<string, true>({
    max: 100_000,
    ttl: READ_YOUR_WRITES,
  });
  private readonly replicas: Replica[];
  private readonly warned = new LRUCache<string, true>({ max: 100, ttl: 60_000 });

  constructor(config: Config, primary: Connection, session: LaneSession) {
    this.replicas = config.replicaUrls.map(
      (url) => new Replica(asLoginOf(primary.url, url), primary, session, config),
    );
  }

  /** To be told of each write, so that whoever wrote sees it. Writes in other processes are not known: clients say `Threadkeep-Read: primary`. */
  wrote(scope: Scope): void {
    if (scope.kind === 'user') this.wroteLately.set(scope.userId, true);
  }

  /** The rows, or null when the primary is to be asked. @throws the driver's error when the statement took too long. */
  async read<Row extends object>(asked: ReplicaRead): Promise<Row[] | null> {
    const { scope } = asked;
    const replica =
      scope.kind === 'user' && !scope.provision && !this.wroteLately.has(scope.userId)
        ? this.of(scope.userId)
        : undefined;
    if (!replica) return null;
    try {
      return await replica.read<Row>(asked);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === STATEMENT_TIMED_OUT) throw error;
      if (!isStaleIdentity(error)) this.warn(error as Error);
      return null;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.close()));
  }

  /** Of those that can be reached always the same for a user, who would otherwise see a row come and go. */
  private of(userId: string): Replica | undefined {
    const reachable = this.replicas.filter(({ gate }) => gate.isOpen);
    return reachable[userId.charCodeAt(userId.length - 1) % reachable.length];
  }

  /** Once a minute: the gate tells of those that cannot be reached, and this of what is wrong otherwise, such as a password. */
  private warn({ message, ...error }: Error): void {
    const { code } = error as { code?: string };
    if (this.warned.has(message)) return;
    this.warned.set(message, true);
    this.logger.warn({
      msg: 'a replica could not answer, and the primary does in its place',
      reason: message,
      code,
    });
  }
}
