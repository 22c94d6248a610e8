/** Aborts when nothing has happened for some time, or when the caller's own signal does. */
export class Deadline {
  /** Whether the time has passed. */
  isOver = false;
  private readonly controller = new AbortController();
  private readonly abort = () => this.controller.abort();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly milliseconds: number,
    private readonly parent?: AbortSignal,
  ) {
    parent?.throwIfAborted();
    parent?.addEventListener('abort', this.abort);
    this.restart();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  restart(milliseconds = this.milliseconds): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.isOver = true;
      this.abort();
    }, milliseconds);
  }

  end(): void {
    clearTimeout(this.timer);
    this.parent?.removeEventListener('abort', this.abort);
  }
}

/** Waits. @throws the signal's reason as soon as it is aborted */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  const deadline = new Deadline(milliseconds, signal);
  await new Promise((resolve) => deadline.signal.addEventListener('abort', resolve));
  deadline.end();
  signal?.throwIfAborted();
}
