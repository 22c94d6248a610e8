// A few connections that many requests share: each request's transaction is one message, so they can follow each other unasked.
import { Logger } from '@nestjs/common';
import pg from 'pg';
import {
  LaneConnection,
  type LaneOptions,
  type LaneSession,
  LOCK_NOT_AVAILABLE,
} from './lane-connection.js';
import { isConnectionLoss } from '../../errors/index.js';
import { DatabaseUnreachableError } from './connection-gate.js';
import { Detours } from './detours.js';
import {
  connectionOf,
  GroupError,
  isPrepared,
  NOT_PREPARED,
  runScoped,
  runTogether,
  type ScopedStatement,
} from './scoped-query.js';

/** Requests that may wait for one lane; more of them take a connection of their own instead. */
const DEPTH = 128;

/** Milliseconds without an answer after which nobody else is sent after those who wait: the server may be gone, or busy with one of them. */
const SILENT_AFTER = 1_000;

/** Milliseconds that a timer may be early. */
const SLACK_MS = 50;

/** Nothing has happened then: a row or a table was locked, or the statement was not prepared, because the table was locked for whoever came first with it. */
const REFUSED = new Set([LOCK_NOT_AVAILABLE, ...NOT_PREPARED]);

/** Writes that are committed together at most: each holds its locks until all are done. */
const GROUP = 32;

abstract class Lane {
  depth = 0;
  protected readonly connection: LaneConnection;

  constructor(
    private readonly options: LaneOptions,
    session: LaneSession,
  ) {
    this.connection = new LaneConnection(options, session);
  }

  private get expected(): number {
    return this.options.gate?.times.expected ?? 0;
  }

  get isSilent(): boolean {
    return (
      this.depth > 0 &&
      this.connection.silence > SILENT_AFTER &&
      this.connection.silence > this.expected
    );
  }

  /** Has it looked whether the server is there at all. */
  suspect(): void {
    const { gate } = this.options;
    const { connection } = this;
    gate?.suspect(
      connection.silence,
      () =>
        this.depth > 0 &&
        !connection.isOpening &&
        connection.silence >= gate.times.limit - SLACK_MS,
    );
  }

  dropIfSilent(): void {
    // What nobody uses will not be heard either: whoever comes next would find that out once more.
    if (this.depth === 0 || this.isSilent) this.connection.drop();
  }

  /** The rows, once the transaction has committed. */
  abstract run(work: ScopedStatement): Promise<object[]>;

  close(): Promise<void> {
    return this.connection.close();
  }
}

/**
 * PostgreSQL takes one transaction after the other from the socket. So several are sent before the first is answered, and those of
 * one turn of the event loop go out in one write: on small statements, waking the other side costs more than the statement.
 */
class ReadLane extends Lane {
  private corked = false;

  /** No async function: it runs in every read, and each promise of one costs. */
  run(work: ScopedStatement): Promise<object[]> {
    const client = this.connection.ready(this.depth++ === 0);
    const rows = client
      ? this.send(client, work)
      : this.connection.open().then((opened) => this.send(opened, work));
    rows.then(this.done, this.done);
    return rows;
  }

  private readonly done = () => {
    this.depth--;
    this.connection.heard();
  };

  private send(client: pg.Client, work: ScopedStatement): Promise<object[]> {
    this.corkThisTurn(client);
    return runScoped(client, work);
  }

  private corkThisTurn(client: pg.Client): void {
    if (this.corked) return;
    const { stream } = connectionOf(client);
    this.corked = true;
    stream.cork();
    setImmediate(() => {
      this.corked = false;
      stream.uncork();
    });
  }
}

interface Waiting extends ScopedStatement {
  resolve: (rows: object[]) => void;
  reject: (error: unknown) => void;
}

/**
 * A commit has to reach the disk, and that costs more than a small write. So the writes that arrive while one group is being
 * committed are the next group: each runs in its own scope, and one commit acknowledges them all. When one of them fails, nothing of
 * the group has happened, and each is run again on its own. An owner whose row is locked costs the others one wait, and then takes
 * another way with all that is waiting.
 */
class WriteLane extends Lane {
  private waiting: Waiting[] = [];
  private committing = false;
  private readonly detours = new Detours();

  takesDetour(owner: string): boolean {
    return this.detours.has(owner);
  }

  run(work: ScopedStatement): Promise<object[]> {
    this.depth++;
    return new Promise((resolve, reject) => {
      this.waiting.push({ ...work, resolve, reject });
      if (!this.committing) this.start();
    });
  }

  /** Not before the end of this turn of the event loop, which may bring more. */
  private start(): void {
    this.committing = true;
    setImmediate(() => void this.commitAll());
  }

  private async commitAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, GROUP).sort(byOwner);
      await this.commit(group).catch((error: unknown) =>
        group.forEach(({ reject }) => reject(error)),
      );
      this.depth -= group.length;
      this.connection.heard();
    }
    this.committing = false;
  }

  /** Rejects when nothing can be said of any of them, because the connection was not there or was lost. */
  private async commit(group: Waiting[]): Promise<void> {
    const client = this.connection.ready(true) ?? (await this.connection.open());
    if (group.length === 1) return this.alone(client, group[0]!);
    if (!group.every((work) => isPrepared(client, work))) return this.each(client, group);
    return this.together(client, group);
  }

  private async together(client: pg.Client, group: Waiting[]): Promise<void> {
    if (group.length === 0) return;
    try {
      const results = await runTogether(client, group);
      group.forEach(({ resolve }, i) => resolve(results[i]!));
    } catch (error) {
      if (!(error instanceof GroupError)) throw error;
      const { cause, failed } = error;
      // Whether a server that ends the connection had committed before is not known.
      if (isConnectionLoss(cause)) this.connection.drop();
      if (!(cause instanceof pg.DatabaseError) || isConnectionLoss(cause)) throw cause;
      const locked = cause.code === LOCK_NOT_AVAILABLE ? group[failed] : undefined;
      // On the same connection: should the server have closed it instead of rolling back, none of them is run a second time.
      if (!locked) return this.each(client, group);
      this.refuse(ownerOf(locked), cause, group);
      return this.together(
        client,
        group.filter((work) => ownerOf(work) !== ownerOf(locked)),
      );
    }
  }

  /** Each in a transaction of its own: first one of each owner, then the next of those who met no lock. */
  private async each(client: pg.Client, group: Waiting[]): Promise<void> {
    let left = group;
    while (left.length > 0) {
      const first = left.filter((work, i) => i === 0 || ownerOf(work) !== ownerOf(left[i - 1]!));
      await Promise.all(first.map((work) => this.alone(client, work, left)));
      left = left.filter((work) => !first.includes(work) && !this.detours.has(ownerOf(work)));
    }
  }

  private alone(client: pg.Client, work: Waiting, group: Waiting[] = [work]): Promise<void> {
    return runScoped(client, work).then(work.resolve, (error: unknown) => {
      if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE)
        this.refuse(ownerOf(work), error, group);
      else work.reject(error);
    });
  }

  /** What the owner has in the group and behind it goes another way. */
  private refuse(owner: string, error: unknown, group: Waiting[]): void {
    this.detours.begin(owner);
    const isOfOwner = (work: Waiting): boolean => ownerOf(work) === owner;
    const behind = this.waiting.filter(isOfOwner);
    this.waiting = this.waiting.filter((work) => !isOfOwner(work));
    this.depth -= behind.length;
    for (const { reject } of [...group.filter(isOfOwner), ...behind]) reject(error);
  }
}

/** The first value of a scope says whose it is. */
const ownerOf = ({ scope }: ScopedStatement): string => String(scope.values[0]);

/** In every process the same order, so that the groups of two take their locks in the same order; of one owner, as they came. */
const byOwner = (a: ScopedStatement, b: ScopedStatement): number =>
  ownerOf(a) < ownerOf(b) ? -1 : ownerOf(a) > ownerOf(b) ? 1 : 0;

abstract class Lanes<L extends Lane> {
  private readonly logger = new Logger('Lanes');

  protected constructor(protected readonly lanes: L[]) {}

  protected abstract laneFor(work: ScopedStatement): L;

  /** Whether the work would keep others on the lane waiting. */
  protected abstract mustLeave(lane: L, work: ScopedStatement): boolean;

  /** The rows, or null when the lane is full or silent, or refuses: run it on a connection of its own then. */
  run<Row extends object>(work: ScopedStatement): Promise<Row[] | null> {
    const lane = this.laneFor(work);
    if (lane.isSilent) lane.suspect();
    if (lane.depth >= DEPTH || lane.isSilent || this.mustLeave(lane, work))
      return Promise.resolve(null);
    return lane.run(work).catch(this.unlessRefused) as Promise<Row[] | null>;
  }

  private readonly unlessRefused = (error: unknown): null => {
    const { code = '' } = error as { code?: string };
    // Of the last, the lane could not be opened; the pool may have connections.
    if (!REFUSED.has(code) && !(error instanceof DatabaseUnreachableError)) throw error;
    if (code !== LOCK_NOT_AVAILABLE)
      this.logger.debug({ msg: 'a lane refused a transaction', code });
    return null;
  };

  /** Fails what waits for an answer that may never come, and drops what is idle. */
  dropSilent(): void {
    for (const lane of this.lanes) lane.dropIfSilent();
  }

  async close(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.close()));
  }
}

/** The connections that small reads share: each takes the one with the least to do. */
export class ReadLanes extends Lanes<ReadLane> {
  constructor(count: number, options: LaneOptions, session: LaneSession) {
    super(Array.from({ length: count }, () => new ReadLane(options, session)));
  }

  protected override laneFor(): ReadLane {
    return this.lanes.reduce((least, other) => (other.depth < least.depth ? other : least));
  }

  /** A read waits for no row. */
  protected override mustLeave(): boolean {
    return false;
  }
}

/** The connections that small writes share. All of an owner take the same one, so that two groups never wait for each other's rows. */
export class WriteLanes extends Lanes<WriteLane> {
  constructor(count: number, options: LaneOptions, session: LaneSession) {
    super(Array.from({ length: count }, () => new WriteLane(options, session)));
  }

  protected override laneFor(work: ScopedStatement): WriteLane {
    return this.lanes[ownerOf(work).charCodeAt(ownerOf(work).length - 1) % this.lanes.length]!;
  }

  protected override mustLeave(lane: WriteLane, work: ScopedStatement): boolean {
    return lane.takesDetour(ownerOf(work));
  }
}
