// Wakes the relay of this process when a job was enqueued or a worker is free, so that it need not
// wait for its next round.
import { Injectable } from '@nestjs/common';

@Injectable()
export class JobNotifier {
  private notified = false;
  private wake: (() => void) | undefined;
  private hasNew = false;

  /** Notifies, and notes that a job was enqueued here, which other processes may not know. */
  enqueued(): void {
    this.hasNew = true;
    this.notify();
  }

  /** @returns true when a job was enqueued here since the last call */
  takeNew(): boolean {
    const { hasNew } = this;
    this.hasNew = false;
    return hasNew;
  }

  notify(): void {
    this.notified = true;
    this.wake?.();
  }

  /**
   * Resolves at the next `notify`, at once when one came since the last wait, and after
   * `milliseconds` at most. Keeps no process alive.
   */
  async wait(milliseconds: number): Promise<void> {
    if (!this.notified) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds).unref();
        this.wake = () => (clearTimeout(timer), resolve());
      });
    }
    this.notified = false;
    this.wake = undefined;
  }
}
