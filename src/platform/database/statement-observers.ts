// Logs and traces statements and transactions by name, where an operator asks for it.
import type { Config } from '../config/config.js';
import type { RequestContexts, Scope } from '../context/index.js';
import { noteError } from '../telemetry/tracing/error-type.js';
import type { Span } from '../telemetry/tracing/span.js';
import type { Read, Statement } from './connections/statement.js';
import { StatementLog } from './statement-log.js';

/** The span of a transaction of several statements has this name. */
const TRANSACTION = 'transaction';

export class StatementObservers {
  private constructor(
    private readonly contexts: RequestContexts,
    private readonly log: StatementLog | undefined,
  ) {}

  /** Undefined when nothing is logged or traced, because observing costs each statement a promise. */
  static of({ logLevel, tracing }: Config, contexts: RequestContexts) {
    const log = StatementLog.at(logLevel, contexts);
    return log || tracing ? new StatementObservers(contexts, log) : undefined;
  }

  /**
   * Runs one statement. The time includes the wait for a connection and all attempts.
   * @param transaction the span of the open transaction
   */
  run<Row extends object>(
    query: Statement<Row>,
    transaction: Span | undefined,
    work: () => Promise<Row[]>,
  ): Promise<Row[]> {
    const scope = this.contexts.scope();
    const logged = () => (this.log ? this.log.timed(query, scope, work) : work());
    const parent = transaction ?? this.contexts.current()?.span;
    return parent?.isRecorded ? traced(parent, query, logged) : logged();
  }

  /** Notes several reads of one round trip, each with the time of all. */
  noteAll(reads: readonly Read[], scope: Scope, rows: Promise<object[][]>): void {
    const parent = this.contexts.current()?.span;
    for (const [i, { query }] of reads.entries()) {
      const own = async () => (await rows)[i]!;
      this.log?.timed(query, scope, own).catch(() => undefined);
      if (parent?.isRecorded) traced(parent, query, own).catch(() => undefined);
    }
  }

  /** Begins the span of a transaction, of which each attempt has one. */
  begin(): Span | undefined {
    const parent = this.contexts.current()?.span;
    if (!parent?.isRecorded) return undefined;
    return parent.child(TRANSACTION, 'client', {
      'db.system.name': 'postgresql',
      'db.query.summary': TRANSACTION,
    });
  }
}

async function traced<T extends unknown[]>(
  parent: Span,
  { name }: Statement,
  work: () => Promise<T>,
): Promise<T> {
  const summary = name === '' ? 'anonymous' : name;
  const span = parent.child(summary, 'client', {
    'db.system.name': 'postgresql',
    'db.query.summary': summary,
  });
  try {
    const rows = await work();
    span.set({ 'db.response.returned_rows': rows.length });
    return rows;
  } catch (error) {
    noteError(span, error);
    throw error;
  } finally {
    span.end();
  }
}
