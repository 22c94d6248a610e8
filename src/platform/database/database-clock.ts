import { Injectable } from '@nestjs/common';
import { ScopedDatabase } from './scoped-database.js';
import { statement } from './connections/statement.js';

const NOW = statement<{ now: string }>('clock.now', 'select clock_timestamp() as now');

/**
 * The database's clock, which sets every time in a row. The clock of a process may be minutes off:
 * do not compare its times with rows, or with other processes.
 */
@Injectable()
export class DatabaseClock {
  constructor(private readonly database: ScopedDatabase) {}

  /** Costs a round trip. Prefer `now()` inside the statement that needs it. */
  async now(): Promise<Date> {
    const [row] = await this.database.read(NOW, []);
    return new Date(row!.now);
  }
}
