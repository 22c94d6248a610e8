// Waiting for changes inside of this process.

/** Tells everybody who waits that something has changed, again and again. */
export class Announcement {
  private readonly waiting = new Set<() => void>();

  announce(): void {
    const woken = [...this.waiting];
    this.waiting.clear();
    for (const wake of woken) wake();
  }

  /** Calls `wake` once, at the next change. @returns how to wait no more */
  next(wake: () => void): () => void {
    this.waiting.add(wake);
    return () => this.waiting.delete(wake);
  }
}

/** Resolves at the next change of any of them, or after some milliseconds. Nothing of it is kept. */
export function nextChange(
  announcements: readonly Announcement[],
  milliseconds: number,
): Promise<void> {
  return new Promise((resolve) => {
    const leave: (() => void)[] = [];
    const wake = () => {
      clearTimeout(timer);
      for (const stop of leave) stop();
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    for (const one of announcements) leave.push(one.next(wake));
  });
}
