// Converts rows of all users from plain to sealed values, or back: batch by batch, beside writers.
import { Injectable, Logger } from '@nestjs/common';
import type { JobRun } from '../jobs/index.js';
import { DataKeys, type OwnedKey, unlessLost } from './data-keys.js';

/** Rows converted in one transaction, at most. */
const BATCH_ROWS = 100;

/** Converts the rows of one table, in the order of their places. */
export interface Conversion<Row extends { userId: string }, Converted, Place> {
  first: Place;
  /** Fewer rows than the limit are the last ones, unless `isLast` says otherwise. */
  next: (after: Place, limit: number) => Promise<Row[]>;
  placeOf: (row: Row) => Place;
  /** @returns null for a row that cannot be opened, which stays */
  convert: (row: Row, key: OwnedKey | undefined) => Converted | null;
  /** Writes each row only as it was read, so that writers win. @returns how many were written */
  write: (rows: Converted[]) => Promise<number>;
  /** Tells that no row follows these. By default, when there are fewer than the limit. */
  isLast?: (rows: Row[]) => boolean;
}

@Injectable()
export class Conversions {
  private readonly logger = new Logger(Conversions.name);

  constructor(private readonly dataKeys: DataKeys) {}

  /**
   * Call it as the system, outside of transactions.
   * @param seals makes the data keys that are missing
   * @returns how many rows were converted
   */
  async run<R extends { userId: string }, C, P>(
    job: JobRun,
    seals: boolean,
    conversion: Conversion<R, C, P>,
  ): Promise<number> {
    const { first, next, placeOf, convert, write } = conversion;
    const isLast = conversion.isLast ?? ((rows: R[]) => rows.length < BATCH_ROWS);
    let [done, unreadable] = [0, 0];
    for (let after = first; ;) {
      const rows = await next(after, BATCH_ROWS);
      const keys = await this.keysOf(rows, seals);
      const converted = rows
        .map((row) => convert(row, keys.get(row.userId)))
        .filter((one) => one !== null);
      unreadable += rows.length - converted.length;
      if (converted.length > 0)
        await job.step(async () => {
          done += await write(converted);
          job.report(done);
        });
      if (rows.length === 0 || isLast(rows)) break;
      after = placeOf(rows.at(-1)!);
    }
    if (unreadable > 0)
      this.logger.warn({ msg: 'rows cannot be converted: their keys are lost', unreadable });
    return done;
  }

  /** Calls the key custody, outside of any transaction. */
  private async keysOf(rows: { userId: string }[], seals: boolean): Promise<Map<string, OwnedKey>> {
    const users = [...new Set(rows.map(({ userId }) => userId))];
    const keys = await this.dataKeys.ofUsers(users, unlessLost);
    if (!seals) return keys;
    for (const user of users.filter((one) => !keys.has(one))) {
      const made = await this.dataKeys.obtainOf(user).catch(unlessLost);
      if (made) keys.set(user, made);
    }
    return keys;
  }
}
