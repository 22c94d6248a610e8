// Logs the name and time of each statement at level debug, never its text or values.
import { Logger } from '@nestjs/common';
import type { RequestContexts, Scope } from '../context/index.js';
import { codeBehind } from '../errors/index.js';
import type { Statement } from './connections/statement.js';

const LEVELS = ['debug', 'trace'];

export class StatementLog {
  private readonly logger = new Logger(StatementLog.name);

  private constructor(private readonly contexts: RequestContexts) {}

  /** Undefined at other levels, because the log costs each statement a promise. */
  static at(level: string, contexts: RequestContexts): StatementLog | undefined {
    return LEVELS.includes(level) ? new StatementLog(contexts) : undefined;
  }

  /**
   * Measures the wait for a connection, the statement's own transaction if it has one, and all
   * attempts.
   */
  async timed<T extends unknown[]>(
    { name }: Statement,
    scope: Scope,
    work: () => Promise<T>,
  ): Promise<T> {
    const begun = performance.now();
    try {
      const rows = await work();
      this.write(name, scope, begun, { rows: rows.length });
      return rows;
    } catch (error) {
      this.write(name, scope, begun, { failed: codeBehind(error) ?? 'unknown' });
      throw error;
    }
  }

  private write(name: string, { kind }: Scope, begun: number, outcome: object): void {
    const context = this.contexts.current();
    this.logger.debug({
      msg: 'statement',
      statement: name === '' ? 'anonymous' : name,
      scope: kind,
      ms: Math.round((performance.now() - begun) * 10) / 10,
      ...outcome,
      requestId: context?.clientRequestId ?? context?.requestId,
    });
  }
}
