// Read replicas, for lists and pages. When a replica fails in any way, the primary answers.
import { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Config } from '../../config/config.js';
import type { Scope, TimeLimits } from '../../context/index.js';
import { ConnectionBreaker } from './connection-breaker.js';
import { PIPELINED_CONNECTIONS } from './connection-counts.js';
import { clientOptions, type Connection, poolOptions } from '../data-source.js';
import type { SessionSetup } from './shared-client.js';
import { PipelinedReads } from './pipelined-reads.js';
import { runPipelined } from './pipeline.js';
import { SafePool } from './safe-pool.js';
import { pipelinedScopeStatement, openingStatement } from './scope-statements.js';
import type { NamedConfig } from './scoped-query.js';
import { isStaleIdentity } from '../stale-identity.js';

/**
 * A user who wrote through this process reads from the primary for this time. Replicas may be
 * this far behind.
 */
const READ_YOUR_WRITES_MS = 5_000;
/** Finding a replica unreachable costs a read at most this time. */
const CONNECT_TIMEOUT_MS = 2_000;
/** A pipelined read waits this long for a replica. After that the primary may be faster. */
const PIPELINED_READ_TIMEOUT_MS = 2_000;
/** SQLSTATE query_canceled. Not repeated on the primary, which would take as long. */
const STATEMENT_TIMED_OUT = '57014';

export interface ReplicaRead {
  scope: Scope;
  statement: NamedConfig;
  /** Uses the replica's pool, because other requests would wait on a pipelined connection. */
  slow: boolean;
  limits?: TimeLimits | undefined;
}

class Replica {
  readonly breaker: ConnectionBreaker;
  private readonly pipelined: PipelinedReads;
  private readonly pool: SafePool;

  constructor(
    url: string,
    primary: Connection,
    session: SessionSetup,
    private readonly config: Config,
  ) {
    const connectTimeout = Math.min(
      CONNECT_TIMEOUT_MS,
      primary.connectTimeout ?? CONNECT_TIMEOUT_MS,
    );
    this.breaker = new ConnectionBreaker(url, connectTimeout);
    const connection = { ...primary, url, breaker: this.breaker, connectTimeout };
    const options = { ...clientOptions(connection), standby: true };
    this.pipelined = new PipelinedReads(
      PIPELINED_CONNECTIONS.user.read,
      {
        ...options,
        query_timeout: PIPELINED_READ_TIMEOUT_MS,
        maxLifetime: primary.maxLifetime ?? 0,
      },
      session,
    );
    this.pool = new SafePool({
      ...options,
      ...poolOptions(connection),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    this.pool.on('error', () => undefined);
    this.breaker.onProbeTimeout(() => this.pipelined.dropSilent());
  }

  async read<Row extends object>({ scope, statement, slow, limits }: ReplicaRead): Promise<Row[]> {
    const rows = slow
      ? null
      : await this.pipelined.run<Row>({ scope: pipelinedScopeStatement(scope), statement });
    if (rows) return rows;
    const client = await this.pool.connect();
    try {
      const { name, ...unnamed } = statement;
      const [found] = await runPipelined(
        client,
        openingStatement(scope, true, this.config, limits),
        [name === '' ? unnamed : statement],
      );
      return found as Row[];
    } finally {
      client.release();
    }
  }

  async close(): Promise<void> {
    this.breaker.stop();
    await Promise.all([this.pipelined.close(), this.pool.end()]);
  }
}

/**
 * Returns the replica's URL with the login of the primary. Replicas have the same logins. Only on
 * the primary it was checked that row-level security binds the login.
 */
function withLoginOf(url: string, primaryUrl: string): string {
  const { username, password } = new URL(primaryUrl);
  return String(Object.assign(new URL(url), { username, password }));
}

export class Replicas {
  private readonly logger = new Logger('Replicas');
  private readonly wroteLately = new LRUCache<string, true>({
    max: 100_000,
    ttl: READ_YOUR_WRITES_MS,
  });
  private readonly replicas: Replica[];
  private readonly warned = new LRUCache<string, true>({ max: 100, ttl: 60_000 });

  constructor(config: Config, primary: Connection, session: SessionSetup) {
    this.replicas = config.replicaUrls.map(
      (url) => new Replica(withLoginOf(url, primary.url), primary, session, config),
    );
  }

  /**
   * Call it after each write: the user then reads from the primary for a while. Writes of other
   * processes are unknown here, so clients send `Threadkeep-Read: primary`.
   */
  noteWrite(scope: Scope): void {
    if (scope.kind === 'user') this.wroteLately.set(scope.userId, true);
  }

  /**
   * @returns the rows, or null when the primary must answer
   * @throws the driver's error when the statement took too long
   */
  async read<Row extends object>(asked: ReplicaRead): Promise<Row[] | null> {
    const { scope } = asked;
    const replica =
      scope.kind === 'user' && !scope.provision && !this.wroteLately.has(scope.userId)
        ? this.replicaFor(scope.userId)
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

  /**
   * Picks a reachable replica by user id. Replicas lag differently, so a user must always read from
   * the same one.
   */
  private replicaFor(userId: string): Replica | undefined {
    const reachable = this.replicas.filter(({ breaker }) => breaker.isClosed);
    return reachable[userId.charCodeAt(userId.length - 1) % reachable.length];
  }

  /**
   * Logs a message at most once a minute. The circuit breaker logs unreachable replicas; this logs
   * other faults, such as a wrong password.
   */
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
