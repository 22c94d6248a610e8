// The places of all providers, which every call of a model takes one of. With Redis, processes share them.
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Config } from '../../../platform/config/config.js';
import type { ModelProvider } from '../../../platform/config/model-settings.js';
import { RedisConnection, RedisGuard } from '../../../platform/redis/index.js';
import { SigningKeys } from '../../../platform/signing/index.js';
import type { ModelCall } from '../model-call.js';
import { ProviderGate } from './provider-gate.js';
import { SharedPlaces } from './shared-places.js';

/** A model takes seconds to answer, and one slow answer of Redis shall not lift the limits. */
const REDIS_TIMEOUT_MS = 1_000;

@Injectable()
export class ProviderPlaces implements OnModuleDestroy {
  private readonly gates: ReadonlyMap<string, ProviderGate>;
  private readonly maxWaitMs: number;
  private readonly listeners: (() => void)[] = [];
  private readonly guard = new RedisGuard(
    'each process has the limits of model providers for itself',
    REDIS_TIMEOUT_MS,
  );

  constructor(
    { models }: Config,
    private readonly redis: RedisConnection,
    private readonly keys: SigningKeys,
  ) {
    const onLeave = () => this.listeners.forEach((listener) => listener());
    this.gates = new Map(
      [...models.providers.values()].map((provider) => [
        provider.name,
        new ProviderGate(provider.name, provider, onLeave, this.sharedPlacesOf(provider)),
      ]),
    );
    this.maxWaitMs = models.maxQueueWaitMs;
  }

  onModuleDestroy(): void {
    for (const gate of this.gates.values()) gate.close();
  }

  /** Calls `listener` whenever a call has given its place back. */
  onLeave(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Null without Redis, and for a provider without limits. */
  private sharedPlacesOf(provider: ModelProvider): SharedPlaces | null {
    const { client } = this.redis;
    const { name, concurrency, requestsPerMinute } = provider;
    if (!client || (concurrency === undefined && requestsPerMinute === undefined)) return null;
    // Services that share a Redis do not share places.
    const prefix = () =>
      `places:${this.keys.hmac('rate').update(`places ${name}`).digest('base64url')}`;
    return new SharedPlaces(client, (work) => this.guard.run(work), prefix, provider);
  }

  /** @throws ModelCallError as `ProviderGate.enter` */
  async enter(provider: string, { wait, signal }: ModelCall): Promise<Place> {
    const gate = this.gates.get(provider)!;
    const maxWaitMs = wait?.maxWaitMs === undefined ? this.maxWaitMs : wait.maxWaitMs;
    const { order = 'foreground', owner = '' } = wait ?? {};
    const leave = await gate.enter({ order, owner, maxWaitMs }, signal);
    return { leave, reserve: () => gate.reserve() };
  }

  /** Places that background work could take at once at a provider, `most` at most. */
  room(provider: string, most: number): number {
    return this.gates.get(provider)?.room(most) ?? 0;
  }
}

export interface Place {
  /** Call it once. */
  leave: () => void;
  /** Counts another request. @returns milliseconds until it may be sent */
  reserve: () => Promise<number>;
}
