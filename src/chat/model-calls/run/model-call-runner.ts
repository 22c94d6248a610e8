// The model calls that this process makes: it claims waiting ones for its free places, renews its hold
// on them, and settles those whose process is gone.
import { randomUUID } from 'node:crypto';
import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Config } from '../../../platform/config/config.js';
import { RequestContexts } from '../../../platform/context/index.js';
import { ScopedDatabase } from '../../../platform/database/index.js';
import { JobNotifier } from '../../../platform/jobs/index.js';
import { ModelCalls, ProviderPlaces } from '../../models/index.js';
import type { Reply } from '../../turns/run/reply.js';
import {
  type ClaimedCall,
  LEASE_SECONDS,
  ModelCallQueueRepository,
} from '../model-call-queue.repository.js';
import { LiveCall } from './live-call.js';
import { ModelCallRun } from './model-call-run.js';

/** A user may have a quarter of the places. */
const USER_SHARE = 0.25;
const RENEW_INTERVAL_MS = (LEASE_SECONDS / 3) * 1_000;
/** The longest pause between two looks for calls of other processes. */
const ROUND_INTERVAL_MS = 1_000;
/** Calls that are ended at a time because nobody makes them. */
const BATCH_ABANDONED = 1_000;

@Injectable()
export class ModelCallRunner implements OnApplicationBootstrap, OnModuleDestroy {
  /** Names this process in the rows of its calls. */
  private readonly workerId = randomUUID();
  private readonly logger = new Logger('ModelCalls');
  private readonly live = new Map<string, LiveCall>();
  private readonly runs = new Set<Promise<void>>();
  private readonly notifier = new JobNotifier();
  private readonly total: number;
  private readonly perUser: number;
  private rounds: Promise<void> = Promise.resolve();
  private renewing: NodeJS.Timeout | undefined;
  private isStopping = false;
  /** A provider had no place at the last look. */
  private lacksRoom = false;

  constructor(
    private readonly queue: ModelCallQueueRepository,
    private readonly run: ModelCallRun,
    private readonly models: ModelCalls,
    private readonly places: ProviderPlaces,
    private readonly contexts: RequestContexts,
    private readonly database: ScopedDatabase,
    { jobConcurrency, modelCallConcurrency }: Config,
  ) {
    // A process that runs no jobs does no other work of the background either.
    this.total = jobConcurrency === 0 ? 0 : modelCallConcurrency;
    this.perUser = Math.max(1, Math.ceil(this.total * USER_SHARE));
    places.onLeave(() => {
      if (this.lacksRoom) this.wake();
    });
  }

  onApplicationBootstrap(): void {
    if (this.total === 0) return;
    this.renewing = setInterval(() => void this.renew(), RENEW_INTERVAL_MS).unref();
    if (this.models.providers.length === 0) return;
    this.rounds = this.relay();
  }

  /** What became of running calls is stored before the connections are closed. */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    this.wake();
    await this.rounds;
    for (const live of this.live.values()) live.stop('stopped');
    await Promise.allSettled([...this.runs]);
    clearInterval(this.renewing);
  }

  /** Looks for calls that wait. */
  wake(): void {
    this.notifier.notify();
  }

  /** What the model has said in a call that runs in this process. */
  replyOf(id: string): Reply | undefined {
    return this.live.get(id)?.reply;
  }

  /** Ends a call in this process, if it is here. */
  cancel(id: string): void {
    this.live.get(id)?.stop('cancelled');
  }

  private async relay(): Promise<void> {
    while (!this.isStopping) {
      const more = await this.round().catch((error: unknown) =>
        this.logger.debug({ msg: 'model calls could not be claimed', err: error }),
      );
      if (!more) await this.notifier.wait(ROUND_INTERVAL_MS);
    }
  }

  /** @returns true when more calls may wait that could run here */
  private async round(): Promise<boolean> {
    const free = this.total - this.live.size;
    const rooms = this.models.providers
      .map((provider): [string, number] => [provider, this.places.room(provider, free)])
      .filter(([, room]) => room > 0);
    this.lacksRoom = rooms.length < this.models.providers.length;
    if (rooms.length === 0) return false;
    const places = { providers: new Map(rooms), total: free, perUser: this.perUser };
    const claimed = await this.database.runAsSystem('claim model calls', () =>
      this.queue.claim(this.workerId, places),
    );
    for (const call of claimed) this.start(call);
    return claimed.length > 0;
  }

  private start({ userId, id }: ClaimedCall): void {
    const live = new LiveCall(userId, id);
    this.live.set(id, live);
    if (this.isStopping) live.stop('stopped');
    const run = this.contexts
      .runAsUser(userId, () => this.run.run(live, this.workerId))
      .catch((error: unknown) => {
        // Its lease runs out, and it is settled then.
        this.logger.error({ msg: 'a model call could not be ended', modelCallId: id, err: error });
      })
      .finally(() => {
        this.runs.delete(run);
        this.live.delete(id);
        this.wake();
      });
    this.runs.add(run);
  }

  private async renew(): Promise<void> {
    // When the database does not answer, the last write of each call decides.
    await this.database
      .runAsSystem('keep the leases of model calls', async () => {
        await this.renewLive();
        if ((await this.queue.settleAbandoned(BATCH_ABANDONED)) > 0) this.wake();
        await this.queue.refuseUnknown(this.models.providers, BATCH_ABANDONED);
      })
      .catch((error: unknown) =>
        this.logger.debug({ msg: 'model calls could not be renewed', err: error }),
      );
  }

  private async renewLive(): Promise<void> {
    const calls = [...this.live.values()];
    if (calls.length === 0) return;
    const held = await this.queue.renew(calls, this.workerId);
    const byId = new Map(held.map((row) => [row.id, row]));
    for (const live of calls) {
      const row = byId.get(live.id);
      if (row?.cancelRequested) live.stop('cancelled');
      else if (!row) live.stop('lost');
    }
  }
}
