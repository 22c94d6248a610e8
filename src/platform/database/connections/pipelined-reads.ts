// The pipelined connections that small reads share.
import type pg from 'pg';
import { PipelinedConnection, PipelinedConnections } from './pipelined-connection.js';
import {
  connectionOf,
  GroupError,
  isPrepared,
  runScoped,
  runTogether,
  type ScopedStatement,
} from './scoped-query.js';
import type { SessionSetup, SharedClientOptions } from './shared-client.js';

/**
 * Sends transactions before the ones ahead are answered; PostgreSQL takes them from the socket one
 * after the other. Those of one turn of the event loop leave in one write, because waking the
 * server costs more than a small statement.
 */
class ReadConnection extends PipelinedConnection {
  private corked = false;

  /** Not an async function: it runs for every read, and each extra promise costs. */
  run(work: ScopedStatement): Promise<object[]> {
    const client = this.connection.ready(this.pending++ === 0);
    const rows = client
      ? this.send(client, work)
      : this.connection.open().then((opened) => this.send(opened, work));
    rows.then(this.done, this.done);
    return rows;
  }

  /** Runs several statements. The same scope object, one after the other, is sent once. */
  runAll(works: readonly ScopedStatement[]): Promise<object[][]> {
    const client = this.connection.ready(this.pending++ === 0);
    const rows = client
      ? this.sendAll(client, works)
      : this.connection.open().then((opened) => this.sendAll(opened, works));
    rows.then(this.done, this.done);
    return rows;
  }

  private readonly done = () => {
    this.pending--;
    this.connection.answered();
  };

  private send(client: pg.Client, work: ScopedStatement): Promise<object[]> {
    this.corkThisTurn(client);
    return runScoped(client, work);
  }

  /** The first run of a statement prepares it, and has a transaction of its own. */
  private sendAll(client: pg.Client, works: readonly ScopedStatement[]): Promise<object[][]> {
    this.corkThisTurn(client);
    return works.every((work) => isPrepared(client, work))
      ? runTogether(client, works).catch(rethrowCause)
      : Promise.all(works.map((work) => runScoped(client, work)));
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

function rethrowCause(error: unknown): never {
  throw error instanceof GroupError ? error.cause : error;
}

/** Sends each read to the connection with the fewest pending requests. */
export class PipelinedReads extends PipelinedConnections<ReadConnection> {
  constructor(count: number, options: SharedClientOptions, session: SessionSetup) {
    super(Array.from({ length: count }, () => new ReadConnection(options, session)));
  }

  /**
   * Runs several statements in their order, in one round trip, in one transaction. Each has a
   * snapshot of its own, so one that follows sees at least what the one before it saw.
   * @returns the rows of each; null as `run`
   */
  async runAll(works: readonly ScopedStatement[]): Promise<object[][] | null> {
    const connection = this.connectionFor();
    return this.accepts(connection, works[0]!)
      ? connection.runAll(works).catch(this.nullWhenNotExecuted)
      : null;
  }

  protected override connectionFor(): ReadConnection {
    return this.connections.reduce((least, other) =>
      other.pending < least.pending ? other : least,
    );
  }

  /** A read waits for no row lock. */
  protected override wouldBlock(): boolean {
    return false;
  }
}
