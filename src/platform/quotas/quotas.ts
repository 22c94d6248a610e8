// Refuses writes of users who store too much. See README.md.
import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../config/config.js';
import type { QuotaName } from '../config/quota-settings.js';
import { RequestContexts } from '../context/index.js';
import { ScopedDatabase, type Statement, statement } from '../database/index.js';
import { QuotaLeases } from './leases.js';
import {
  type Amounts,
  areasOf,
  namesIn,
  quotasInArea,
  QUOTA_NAMES,
  type QuotaArea,
  QUOTAS,
} from './quota-table.js';
import { QuotaErrors } from './quotas.errors.js';

/** Counts what user `$1` stores: one row, whose columns are quotas of the area. */
export interface Measure {
  area: QuotaArea;
  /** Not an owned one when only the system may read the tables: then the system passes the user. */
  statement: Statement<Amounts>;
}

/** A user's usage of one quota. */
export interface Usage {
  quota: QuotaName;
  unit: 'rows' | 'bytes';
  used: number;
  /** Null without a limit. */
  limit: number | null;
}

const flightKey = (userId: string, area: QuotaArea): string => `${userId}/${area}`;

/** Locks until the end of the transaction, across processes. */
const TAKE_TURN = statement(
  'quota.take_turn',
  `select pg_advisory_xact_lock(hashtextextended('quota ' || $1::text, 0))`,
);

@Injectable()
export class Quotas {
  private readonly logger = new Logger(Quotas.name);
  private readonly measures: Measure[] = [];
  private readonly leases: QuotaLeases;
  private readonly flights = new Map<string, Promise<Amounts>>();

  constructor(
    private readonly config: Config,
    private readonly contexts: RequestContexts,
    private readonly database: ScopedDatabase,
  ) {
    this.leases = new QuotaLeases(config.quotas);
  }

  /** Call it from a feature's `onModuleInit`. Several measures of one area are added up. */
  register(measure: Measure): void {
    this.measures.push(measure);
  }

  /**
   * Runs a write that adds at most these amounts to what the user of the scope stores. Far below
   * the limits it costs no statement; near them, the user's writes run one after the other, across
   * processes. The service itself has no limits.
   * @throws AppError `quota.reached`; nothing is written then
   */
  within<T>(adding: Amounts, write: () => Promise<T>): Promise<T> {
    const scope = this.contexts.scope();
    if (scope.kind !== 'user') return write();
    const taking = this.leases.take(scope.userId, adding);
    if (taking === 'short') return this.near(adding, write);
    // After the commit, so that it sees the write, and does not delay it.
    if (taking === 'due') this.database.afterCommit(() => this.lookAhead(areasOf(adding)));
    return write();
  }

  /**
   * Call it inside a transaction. Until it ends, no other write adds to what the user stores.
   * @throws AppError `quota.reached`
   */
  async takeTurn(userId: string, adding: Amounts): Promise<void> {
    await this.database.write(TAKE_TURN, [userId]);
    this.refuse(await this.count(userId, areasOf(adding)), adding);
  }

  /**
   * Call it inside a transaction, after a write whose amounts were unknown.
   * @throws AppError `quota.reached`
   */
  async check(...names: QuotaName[]): Promise<void> {
    const nothing = Object.fromEntries(names.map((name) => [name, 0]));
    this.refuse(await this.count(this.userId, areasOf(nothing)), nothing);
  }

  /** Counts what the user of the scope stores. Call it outside transactions. */
  async usage(): Promise<Usage[]> {
    const areas = [...new Set(this.measures.map(({ area }) => area))];
    await this.landed(areas);
    const used = await this.look(areas);
    return QUOTA_NAMES.map((quota) => ({
      quota,
      unit: QUOTAS[quota].unit,
      used: used[quota] ?? 0,
      limit: this.config.quotas[quota] || null,
    }));
  }

  private async near<T>(adding: Amounts, write: () => Promise<T>): Promise<T> {
    if (!this.database.inTransaction) {
      await this.landed(areasOf(adding));
      if (this.leases.take(this.userId, adding) !== 'short') return write();
      this.refuse(await this.look(areasOf(adding)), adding);
      if (this.leases.take(this.userId, adding) !== 'short') return write();
    }
    return this.database.transaction(async () => {
      // Read here, because a user whom this write creates gets an id only inside it.
      await this.takeTurn(this.userId, adding);
      return write();
    });
  }

  private lookAhead(areas: QuotaArea[]): void {
    // A failure is ignored: the next write that needs it counts again.
    this.look(areas).catch((error: unknown) =>
      this.logger.debug({ msg: 'what a user keeps could not be counted', err: error }),
    );
  }

  /**
   * Counts each area and renews the lease. Concurrent calls share one count. Never call it inside a
   * transaction, because it needs another connection.
   */
  private async look(areas: QuotaArea[]): Promise<Amounts> {
    const { userId } = this;
    const counted: Amounts = {};
    for (const area of areas) Object.assign(counted, await this.flight(userId, area));
    return counted;
  }

  /** Waits for counts in progress: they may have begun before the caller removed something. */
  private async landed(areas: QuotaArea[]): Promise<void> {
    const { userId } = this;
    for (const area of areas)
      await this.flights.get(flightKey(userId, area))?.catch(() => undefined);
  }

  private flight(userId: string, area: QuotaArea): Promise<Amounts> {
    const name = flightKey(userId, area);
    const flying = this.flights.get(name);
    if (flying) return flying;
    const flight = this.count(userId, [area])
      .then((used) => (this.leases.renew(userId, used), used))
      .finally(() => this.flights.delete(name));
    this.flights.set(name, flight);
    return flight;
  }

  private async count(userId: string, areas: QuotaArea[]): Promise<Amounts> {
    const used: Amounts = {};
    for (const name of areas.flatMap(quotasInArea)) used[name] = 0;
    for (const measure of this.measures.filter(({ area }) => areas.includes(area))) {
      const [row] = await this.rows(measure, userId);
      for (const name of namesIn(row ?? {})) used[name] = (used[name] ?? 0) + row![name]!;
    }
    return used;
  }

  private rows({ statement }: Measure, userId: string): Promise<Amounts[]> {
    if (statement.owner) return this.database.read(statement, []);
    const read = () => this.database.read(statement, [userId]);
    return this.contexts.scope().kind === 'user'
      ? this.database.runAsSystem('count what a user keeps', read)
      : read();
  }

  private refuse(used: Amounts, adding: Amounts): void {
    for (const quota of namesIn(adding)) {
      const limit = this.config.quotas[quota];
      if (limit === 0 || used[quota]! + adding[quota]! <= limit) continue;
      const { unit, setting, remedy } = QUOTAS[quota];
      const detail = `${used[quota]} of ${limit} ${unit} of ${quota} are used, and this would add ${adding[quota]}. ${remedy}, or ask the operator to raise ${setting}.`;
      throw QuotaErrors.reached({
        detail,
        extra: { quota, unit, limit, used: used[quota], adding: adding[quota] },
      });
    }
  }

  private get userId(): string {
    return this.contexts.userScope().userId;
  }
}
