import { Injectable } from '@nestjs/common';
import { ScopedDatabase } from './scoped-database.js';
import { statement } from './connections/statement.js';

const NOW = statement<{ now: string }>('clock.now', 'select clock_timestamp() as now');

/**
 * The clock that every time in a row comes from. A process may be minutes off, so its own clock
 * must not decide what is compared with rows or with other processes.
 */
@Injectable()
export class DatabaseClock {
  constructor(private readonly database: ScopedDatabase) {}

  /** One round trip: prefer `now()` inside the statement that needs it. */
  async now(): Promise<Date> {
    const [row] = await this.database.read(NOW, []);
    return new Date(row!.now);
  }
}
