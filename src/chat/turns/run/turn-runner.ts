// The turns that this process runs: a fair share of places for each user, leases, and their end when
// the process stops.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { RequestContexts } from '../../../platform/context/index.js';
import { Config } from '../../../platform/config/config.js';
import { ScopedDatabase } from '../../../platform/database/index.js';
import { FairSemaphore } from '../../../platform/fairness/index.js';
import { ChangeFeed } from '../../../platform/streams/index.js';
import { isAdmitted, LEASE_SECONDS, type TurnRow, TurnsRepository } from '../turns.repository.js';
import { LiveTurn } from './live-turn.js';
import { TurnAdmission } from './turn-admission.js';
import { TurnRun } from './turn-run.js';

/** A user may have a quarter of the places. */
const USER_SHARE = 0.25;
/** Turns of the background, which may wait long at a provider, have half of them. */
const BACKGROUND_SHARE = 0.5;
const RENEW_INTERVAL_MS = (LEASE_SECONDS / 3) * 1_000;
/** The shortest time between two reads of what others have cancelled. */
const MIN_ASK_INTERVAL_MS = 50;

@Injectable()
export class TurnRunner implements OnApplicationBootstrap, OnModuleDestroy {
  /** Names this process in the rows of its turns. */
  readonly workerId = randomUUID();
  private readonly logger = new Logger('Turns');
  private readonly places: FairSemaphore;
  private readonly backgroundPlaces: FairSemaphore;
  private readonly live = new Map<string, LiveTurn>();
  private readonly runs = new Set<Promise<void>>();
  private renewing: NodeJS.Timeout | undefined;
  /** Turns that others may have cancelled. */
  private readonly asked = new Set<string>();
  private isAnswering = false;
  private isStopping = false;

  constructor(
    private readonly admission: TurnAdmission,
    private readonly run: TurnRun,
    private readonly turns: TurnsRepository,
    private readonly contexts: RequestContexts,
    private readonly database: ScopedDatabase,
    private readonly feed: ChangeFeed,
    config: Config,
  ) {
    const total = config.turnConcurrency;
    const placesOf = (share: number) =>
      new FairSemaphore({
        total: Math.max(1, Math.floor(total * share)),
        perOwner: Math.max(1, Math.ceil(total * share * USER_SHARE)),
      });
    this.places = placesOf(1);
    this.backgroundPlaces = placesOf(BACKGROUND_SHARE);
  }

  onApplicationBootstrap(): void {
    this.renewing = setInterval(() => void this.renew(), RENEW_INTERVAL_MS).unref();
  }

  /** What the models said so far is stored before the connections are closed. */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    for (const live of this.live.values()) live.stop('stopped');
    while (this.runs.size > 0) await Promise.allSettled([...this.runs]);
    clearInterval(this.renewing);
  }

  /** The turn, when this process runs it. */
  find(id: string): LiveTurn | undefined {
    return this.live.get(id);
  }

  /** Runs a turn that this process holds, when there is a place for it. Never rejects. */
  start(userId: string, turn: TurnRow, version: number | null): void {
    // Another process takes over what waits: nothing of it has begun.
    if (this.isStopping && !isAdmitted(turn)) return;
    const live = new LiveTurn(turn, version);
    this.live.set(turn.id, live);
    if (this.isStopping) live.stop('stopped');
    const leave = this.feed.on(turn.id, () => void this.ask(turn.id));
    const run = this.contexts
      .runAsUser(userId, () => this.runInPlace(userId, turn, live))
      .then((next) => {
        if (next) this.start(userId, next, 0);
      })
      .catch((error: unknown) => {
        // Its lease runs out, and another process takes it over.
        this.logger.error({ msg: 'a turn could not be ended', turnId: turn.id, err: error });
      })
      .finally(() => {
        this.runs.delete(run);
        // The application may have given results of tools by now: the turn runs again then.
        if (this.live.get(turn.id) === live) this.live.delete(turn.id);
        leave();
        live.settle();
      });
    this.runs.add(run);
  }

  /** Ends the run of a turn, in whichever process it is. Call it when the row says so. */
  cancel(id: string): void {
    const live = this.live.get(id);
    if (live) live.stop('cancelled');
    else this.feed.changed(id);
  }

  /** Reads whether a turn was cancelled. One read is for all that are asked for meanwhile. */
  private async ask(id: string): Promise<void> {
    this.asked.add(id);
    if (this.isAnswering) return;
    this.isAnswering = true;
    while (this.asked.size > 0) {
      const ids = [...this.asked];
      this.asked.clear();
      await this.renew(ids);
      await sleep(MIN_ASK_INTERVAL_MS, null, { ref: false });
    }
    this.isAnswering = false;
  }

  /** @returns the turn that comes after it in its conversation */
  private async runInPlace(userId: string, turn: TurnRow, live: LiveTurn): Promise<TurnRow | null> {
    const admission = await this.admission.admit(turn, this.workerId);
    if (!admission.admitted) return admission.next;
    let hasBegun = false;
    const run = async () => {
      hasBegun = true;
      return this.run.run(admission.admitted, live, this.begin(turn, live), this.workerId);
    };
    // A turn that is ended while it waits needs no place: it ends at once.
    const inPlace = () => this.places.run(userId, run, live.signal);
    const running =
      turn.options.isBackground === true
        ? this.backgroundPlaces.run(userId, inPlace, live.signal)
        : inPlace();
    return running.catch((error: unknown) => {
      if (hasBegun || !live.signal.aborted) throw error;
      return run();
    });
  }

  /** Says that the turn runs. @returns false when another process holds it, or it has ended */
  private async begin({ id }: TurnRow, live: LiveTurn): Promise<boolean> {
    const begun = await this.turns.begin(id, this.workerId);
    if (begun?.cancelRequested) live.stop('cancelled');
    return begun !== null;
  }

  private async renew(ids = [...this.live.keys()]): Promise<void> {
    if (ids.length === 0) return;
    const held = await this.database
      .runAsSystem('keep the leases of running turns', () => this.turns.renew(ids, this.workerId))
      .catch(() => null);
    // When the database does not answer, the last write of each turn decides.
    if (held === null) return;
    const byId = new Map(held.map((row) => [row.id, row]));
    for (const id of ids) {
      const row = byId.get(id);
      if (row?.cancelRequested) this.cancel(id);
      else if (!row) this.live.get(id)?.stop('lost');
    }
  }
}
