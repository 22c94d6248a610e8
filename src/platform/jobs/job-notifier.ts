// Rings when there may be something to do, so that a job need not wait for the relay's next round.
import { Injectable } from '@nestjs/common';

@Injectable()
export class JobBell {
  private rung = false;
  private wake: (() => void) | undefined;

  ring(): void {
    this.rung = true;
    this.wake?.();
  }

  /** Until it rings, or rang since the last time; at most `milliseconds`. It keeps no process alive. */
  async heard(milliseconds: number): Promise<void> {
    if (!this.rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds).unref();
        this.wake = () => (clearTimeout(timer), resolve());
      });
    }
    this.rung = false;
    this.wake = undefined;
  }
}
