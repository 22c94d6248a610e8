// The phases of the process. When it stops, readiness fails first, so that no new requests are sent
// to it.
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

  /** Makes readiness fail. Requests are still served. */
  drain(): void {
    this.phase = 'stopping';
  }

  beforeApplicationShutdown(): void {
    this.drain();
  }
}
