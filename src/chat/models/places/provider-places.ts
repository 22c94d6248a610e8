// The places of all providers in this process, which every call of a model takes one of.
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Config } from '../../../platform/config/config.js';
import type { ModelCall } from '../model-call.js';
import { ProviderGate } from './provider-gate.js';

@Injectable()
export class ProviderPlaces implements OnModuleDestroy {
  private readonly gates: ReadonlyMap<string, ProviderGate>;
  private readonly maxWaitMs: number;
  private readonly listeners: (() => void)[] = [];

  constructor({ models }: Config) {
    const onLeave = () => this.listeners.forEach((listener) => listener());
    this.gates = new Map(
      [...models.providers.values()].map((provider) => [
        provider.name,
        new ProviderGate(provider.name, provider, onLeave),
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
  reserve: () => number;
}
