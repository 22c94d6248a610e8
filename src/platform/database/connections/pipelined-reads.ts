// The pipelined connections that small reads share.
import type pg from 'pg';
import { PipelinedConnection, PipelinedConnections } from './pipelined-connection.js';
import { connectionOf, runScoped, type ScopedStatement } from './scoped-query.js';
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

  private readonly done = () => {
    this.pending--;
    this.connection.answered();
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

/** Sends each read to the connection with the fewest pending requests. */
export class PipelinedReads extends PipelinedConnections<ReadConnection> {
  constructor(count: number, options: SharedClientOptions, session: SessionSetup) {
    super(Array.from({ length: count }, () => new ReadConnection(options, session)));
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
