// Tells how far a long import is, now and then.

const INTERVAL_MS = 10_000;

export class ImportProgress {
  private conversations = 0;
  private bytes = 0;
  private next: number;

  /**
   * @param show takes a line
   * @param now the clock, in milliseconds
   */
  constructor(
    private readonly show: (line: string) => void,
    private readonly now: () => number = Date.now,
  ) {
    this.next = now() + INTERVAL_MS;
  }

  /** Counts the bytes that pass. */
  async *count(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.bytes += chunk.length;
      yield chunk;
    }
  }

  /** Counts one conversation or memory. */
  done(): void {
    this.conversations++;
    if (this.now() < this.next) return;
    this.next = this.now() + INTERVAL_MS;
    const megabytes = (this.bytes / 1_000_000).toFixed(0);
    this.show(`… ${this.conversations} read, ${megabytes} MB so far`);
  }
}
