// Where the process is in its life: readiness fails first when it stops, so that no new request is sent to it.
import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';

@Injectable()
export class Lifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private phase: 'starting' | 'serving' | 'stopping' = 'starting';

  get started(): boolean {
    return this.phase !== 'starting';
  }

  get accepting(): boolean {
    return this.phase === 'serving';
  }

  onApplicationBootstrap(): void {
    this.phase = 'serving';
  }

  /** From now on readiness says no; what comes all the same is served. */
  drain(): void {
    this.phase = 'stopping';
  }

  beforeApplicationShutdown(): void {
    this.drain();
  }
}
