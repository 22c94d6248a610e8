// Group commit: small writes of many requests share a connection and are committed together.
import pg from 'pg';
import { isConnectionLoss } from '../../errors/index.js';
import { LockBackoff } from './lock-backoff.js';
import { PipelinedConnection, PipelinedConnections } from './pipelined-connection.js';
import {
  GroupError,
  isPrepared,
  runScoped,
  runTogether,
  type ScopedStatement,
} from './scoped-query.js';
import {
  LOCK_NOT_AVAILABLE,
  type SessionSetup,
  type SharedClientOptions,
} from './shared-client.js';

/** Writes that are committed together. Each holds its locks until all are done. */
const MAX_GROUP_WRITES = 32;

interface WaitingWrite extends ScopedStatement {
  resolve: (rows: object[]) => void;
  reject: (error: unknown) => void;
}

/**
 * A commit has to reach the disk, which costs more than a small write. So the writes that arrive
 * while one group commits form the next group: each runs in its own scope, and one commit
 * acknowledges all of them. When one fails, the whole group is rolled back, and each write runs
 * again on its own. When an owner's row is locked, the group waits once; then all writes of that
 * owner are rejected, so that they run on the pool.
 */
class GroupCommitConnection extends PipelinedConnection {
  private waiting: WaitingWrite[] = [];
  private committing = false;
  private readonly backoff = new LockBackoff();

  isBackingOff(owner: string): boolean {
    return this.backoff.isActive(owner);
  }

  run(work: ScopedStatement): Promise<object[]> {
    this.pending++;
    return new Promise((resolve, reject) => {
      this.waiting.push({ ...work, resolve, reject });
      if (!this.committing) this.start();
    });
  }

  /** Starts after this turn of the event loop, which may bring more writes. */
  private start(): void {
    this.committing = true;
    setImmediate(() => void this.commitAll());
  }

  private async commitAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, MAX_GROUP_WRITES).sort(byOwner);
      await this.commit(group).catch((error: unknown) =>
        group.forEach(({ reject }) => reject(error)),
      );
      this.pending -= group.length;
      this.connection.answered();
    }
    this.committing = false;
  }

  /**
   * Commits a group. Rejects when the connection could not be opened or was lost. After a loss it
   * is unknown which writes were committed.
   */
  private async commit(group: WaitingWrite[]): Promise<void> {
    const client = this.connection.ready(true) ?? (await this.connection.open());
    if (group.length === 1) return this.alone(client, group[0]!);
    if (!group.every((work) => isPrepared(client, work))) return this.each(client, group);
    return this.together(client, group);
  }

  private async together(client: pg.Client, group: WaitingWrite[]): Promise<void> {
    if (group.length === 0) return;
    try {
      const results = await runTogether(client, group);
      group.forEach(({ resolve }, i) => resolve(results[i]!));
    } catch (error) {
      if (!(error instanceof GroupError)) throw error;
      const { cause, failed } = error;
      // A server that ends the connection may have committed before.
      if (isConnectionLoss(cause)) this.connection.drop();
      if (!(cause instanceof pg.DatabaseError) || isConnectionLoss(cause)) throw cause;
      const locked = cause.code === LOCK_NOT_AVAILABLE ? group[failed] : undefined;
      // On the same connection: if the server closed it instead of rolling back, nothing runs a
      // second time.
      if (!locked) return this.each(client, group);
      this.rejectOwner(ownerOf(locked), cause, group);
      return this.together(
        client,
        group.filter((work) => ownerOf(work) !== ownerOf(locked)),
      );
    }
  }

  /**
   * Runs each write in a transaction of its own. Each round runs one write of each owner. An owner
   * whose write met a lock takes no part in the next rounds.
   */
  private async each(client: pg.Client, group: WaitingWrite[]): Promise<void> {
    let left = group;
    while (left.length > 0) {
      const first = left.filter((work, i) => i === 0 || ownerOf(work) !== ownerOf(left[i - 1]!));
      await Promise.all(first.map((work) => this.alone(client, work, left)));
      left = left.filter((work) => !first.includes(work) && !this.backoff.isActive(ownerOf(work)));
    }
  }

  private alone(
    client: pg.Client,
    work: WaitingWrite,
    group: WaitingWrite[] = [work],
  ): Promise<void> {
    return runScoped(client, work).then(work.resolve, (error: unknown) => {
      if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE)
        this.rejectOwner(ownerOf(work), error, group);
      else work.reject(error);
    });
  }

  /** Rejects the owner's writes in the group and in the queue, and starts the owner's back-off. */
  private rejectOwner(owner: string, error: unknown, group: WaitingWrite[]): void {
    this.backoff.start(owner);
    const isOfOwner = (work: WaitingWrite): boolean => ownerOf(work) === owner;
    const queued = this.waiting.filter(isOfOwner);
    this.waiting = this.waiting.filter((work) => !isOfOwner(work));
    this.pending -= queued.length;
    for (const { reject } of [...group.filter(isOfOwner), ...queued]) reject(error);
  }
}

/** The first value of a scope is its owner. */
const ownerOf = ({ scope }: ScopedStatement): string => String(scope.values[0]);

/**
 * Sorts by owner, equally in every process, so that two groups take their locks in the same order.
 * Keeps the order of one owner's writes.
 */
const byOwner = (a: ScopedStatement, b: ScopedStatement): number =>
  ownerOf(a) < ownerOf(b) ? -1 : ownerOf(a) > ownerOf(b) ? 1 : 0;

/**
 * Sends all writes of an owner to the same connection, so that two groups never wait for each
 * other's rows.
 */
export class GroupCommits extends PipelinedConnections<GroupCommitConnection> {
  constructor(count: number, options: SharedClientOptions, session: SessionSetup) {
    super(Array.from({ length: count }, () => new GroupCommitConnection(options, session)));
  }

  protected override connectionFor(work: ScopedStatement): GroupCommitConnection {
    const owner = ownerOf(work);
    return this.connections[owner.charCodeAt(owner.length - 1) % this.connections.length]!;
  }

  protected override wouldBlock(connection: GroupCommitConnection, work: ScopedStatement): boolean {
    return connection.isBackingOff(ownerOf(work));
  }
}
