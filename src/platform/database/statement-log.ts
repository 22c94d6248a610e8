// Logs each statement by its name with its milliseconds, at the level debug: never its text or its values.
import { Logger } from '@nestjs/common';
import type { RequestContexts, Scope } from '../context/index.js';
import { codeBehind } from '../errors/index.js';
import type { Statement } from './connections/statement.js';

const LEVELS = ['debug', 'trace'];

export class StatementLog {
  private readonly logger = new Logger(StatementLog.name);

  private constructor(private readonly contexts: RequestContexts) {}

  /** Undefined at other levels, where a statement must not cost a promise more. */
  static at(level: string, contexts: RequestContexts): StatementLog | undefined {
    return LEVELS.includes(level) ? new StatementLog(contexts) : undefined;
  }

  /** The time includes the wait for a connection, the transaction of a statement that has its own, and every attempt. */
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
