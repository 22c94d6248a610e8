// Parts of the service whose state features tell, besides the database, Redis and jobs.
import { Global, Injectable, Module } from '@nestjs/common';

/** State of a part. An `effect` says what users notice, and makes the service degraded. */
export interface PartState {
  effect?: string;
  [detail: string]: unknown;
}

export interface NamedPart {
  name: string;
  state: PartState;
}

@Injectable()
export class HealthParts {
  private readonly parts = new Map<string, () => PartState>();

  /** @param state answers at once: it asks nobody */
  add(name: string, state: () => PartState): void {
    this.parts.set(name, state);
  }

  list(): NamedPart[] {
    return [...this.parts].map(([name, state]) => ({ name, state: state() }));
  }
}

@Global()
@Module({ providers: [HealthParts], exports: [HealthParts] })
export class HealthPartsModule {}
