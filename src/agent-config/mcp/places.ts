/** So many at a time; others wait in line. */
export class Places {
  private readonly line: (() => void)[] = [];

  constructor(private free: number) {}

  /** @throws the reason of the signal, when it is aborted in the line */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.enter(signal);
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private async enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.free > 0) return void this.free--;
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.line.splice(this.line.indexOf(enter), 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.line.push(enter);
    });
  }

  /** A place goes to the next in line without being free in between. */
  private leave(): void {
    const next = this.line.shift();
    if (next) next();
    else this.free++;
  }
}
