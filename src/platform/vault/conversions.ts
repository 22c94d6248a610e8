// Converts rows of all users from plain to sealed values, or back: batch by batch, beside writers.
import { Injectable, Logger } from '@nestjs/common';
import type { JobRun } from '../jobs/index.js';
import { DataKeys, type OwnedKey, unlessLost } from './data-keys.js';

/** Rows converted in one transaction, at most. */
const BATCH_ROWS = 100;
/** Rows that one read may pass, so that it ends in time where nearly all are converted. */
export const SLICE_ROWS = 5_000;

/** Converts the rows of one table, in the order of their places. */
export interface Conversion<Row extends { userId: string }, Converted, Place> {
  /** Unique among the conversions of a job. */
  name: string;
  first: Place;
  /** @returns the place of the row that is `SLICE_ROWS` behind; null when fewer rows follow */
  endOfSlice: (after: Place) => Promise<Place | null>;
  /** @returns the first rows of a slice that are to be converted. An end of null is the last row. */
  next: (after: Place, end: Place | null, limit: number) => Promise<Row[]>;
  placeOf: (row: Row) => Place;
  /** @returns null for a row that cannot be opened, which stays */
  convert: (row: Row, key: OwnedKey | undefined) => Converted | null;
  /** Writes each row only as it was read, so that writers win. @returns how many were written */
  write: (rows: Converted[]) => Promise<number>;
}

/** How far an attempt of a job has come, as the job keeps it for the next one. */
export interface ConversionState {
  seals: boolean;
  /** The conversion that was going on, and the place that it had reached. */
  name: string;
  after: unknown;
  done: number;
}

/** SQLSTATE classes of errors that the same values cause again: data, constraints, limits of a program. */
const OF_VALUES = /^(?:22|23|54)/;

/** Whether the values are at fault. Strings of JavaScript have a largest length, too. */
const isOfValues = (error: unknown): boolean =>
  error instanceof RangeError || OF_VALUES.test(String((error as { code?: unknown }).code));

@Injectable()
export class Conversions {
  constructor(private readonly dataKeys: DataKeys) {}

  /**
   * @param seals makes the data keys that are missing; false unseals
   * @param kept what an earlier attempt of the job kept
   */
  begin(job: JobRun, seals: boolean, kept: Partial<ConversionState>): ConversionRun {
    const isOfThis = kept.name !== undefined && kept.seals === seals;
    return new ConversionRun(
      this.dataKeys,
      job,
      seals,
      isOfThis ? (kept as ConversionState) : null,
    );
  }
}

/** The conversions of one job, one after the other. Use it as the system, outside of transactions. */
export class ConversionRun {
  /** Rows that were converted, also by earlier attempts. */
  done: number;
  /** As `done`, with those that this attempt found and somebody else was writing. */
  found: number;
  private readonly logger = new Logger(Conversions.name);

  /** @param kept where to go on; conversions before that one are over */
  constructor(
    private readonly dataKeys: DataKeys,
    private readonly job: JobRun,
    private readonly seals: boolean,
    private kept: ConversionState | null,
  ) {
    this.done = this.found = kept?.done ?? 0;
  }

  async convert<R extends { userId: string }, C, P>(
    conversion: Conversion<R, C, P>,
  ): Promise<void> {
    const { name, first, endOfSlice, next, placeOf } = conversion;
    if (this.kept && this.kept.name !== name) return;
    let after = this.kept ? (this.kept.after as P) : first;
    this.kept = null;
    const left = { unreadable: 0, refused: 0 };
    for (let end: P | null = first; end !== null;) {
      end = await endOfSlice(after);
      for (let rows: R[]; (rows = await next(after, end, BATCH_ROWS)).length > 0;) {
        const { convertible, unreadable } = await this.converted(conversion, rows);
        const last = placeOf(rows.at(-1)!);
        left.unreadable += unreadable;
        left.refused += await this.write(conversion, convertible, after, last);
        after = last;
      }
      if (end === null) break;
      after = end;
      await this.step(name, after, () => Promise.resolve(0));
    }
    if (left.unreadable + left.refused > 0)
      this.logger.warn({
        msg: 'rows stay as they are: keys are lost, or values too large',
        ...left,
      });
  }

  private async converted<R extends { userId: string }, C, P>(
    { convert }: Conversion<R, C, P>,
    rows: R[],
  ): Promise<{ convertible: C[]; unreadable: number }> {
    const keys = await this.keysOf(rows);
    const convertible = rows
      .map((row) => convert(row, keys.get(row.userId)))
      .filter((one) => one !== null);
    this.found += convertible.length;
    return { convertible, unreadable: rows.length - convertible.length };
  }

  /**
   * Writes the rows at once, or one by one when PostgreSQL does not take one of them: it stops no other.
   * @param before the place that is reached until all are written
   * @returns how many were refused
   */
  private async write<R extends { userId: string }, C, P>(
    conversion: Conversion<R, C, P>,
    rows: C[],
    before: P,
    after: P,
  ): Promise<number> {
    if (rows.length === 0) return 0;
    if (await this.isTaken(conversion, rows, after)) return 0;
    let refused = 0;
    for (const row of rows) if (!(await this.isTaken(conversion, [row], before))) refused++;
    return refused;
  }

  private async isTaken<R extends { userId: string }, C, P>(
    { name, write }: Conversion<R, C, P>,
    rows: C[],
    place: P,
  ): Promise<boolean> {
    try {
      await this.step(name, place, () => write(rows));
      return true;
    } catch (error) {
      if (isOfValues(error)) return false;
      throw error;
    }
  }

  private async step(name: string, after: unknown, work: () => Promise<number>): Promise<void> {
    const { job, seals } = this;
    const done = await job.step(async () => {
      const sum = this.done + (await work());
      job.report(sum);
      job.keep({ seals, name, after, done: sum } satisfies ConversionState);
      return sum;
    });
    this.done = done;
  }

  /** Calls the key custody, outside of any transaction. */
  private async keysOf(rows: { userId: string }[]): Promise<Map<string, OwnedKey>> {
    const users = [...new Set(rows.map(({ userId }) => userId))];
    const keys = await this.dataKeys.ofUsers(users, unlessLost);
    if (!this.seals) return keys;
    for (const user of users.filter((one) => !keys.has(one))) {
      const made = await this.dataKeys.obtainOf(user).catch(unlessLost);
      if (made) keys.set(user, made);
    }
    return keys;
  }
}
