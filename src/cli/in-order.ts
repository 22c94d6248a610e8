// Runs a few tasks at a time, and takes their results in the order in which the tasks were given.

interface Running {
  key: unknown;
  weight: number;
  /** Never rejects: what the task gives or throws is taken later. */
  settled: Promise<PromiseSettledResult<unknown>>;
  take: () => Promise<void>;
}

export class InOrder {
  private readonly running: Running[] = [];
  private weight = 0;

  /** @param limit weight of the tasks that run at a time; one runs however heavy it is */
  constructor(private readonly limit: number) {}

  /**
   * Starts a task. Waits for the oldest ones while those that run weigh too much.
   * @param key tasks with the same key run one after the other
   * @param take gets the result, or throws what the task has thrown
   * @throws what `take` of an older task throws
   */
  async add<T>(
    { key, weight }: { key: unknown; weight: number },
    task: () => Promise<T>,
    take: (result: () => T) => Promise<void>,
  ): Promise<void> {
    while (this.running.length > 0 && this.weight + weight > this.limit) await this.takeOldest();
    const before = this.running.findLast((one) => one.key === key)?.settled;
    const result = before ? before.then(task) : task();
    const settled = result.then(
      (value) => ({ status: 'fulfilled' as const, value }),
      (reason: unknown) => ({ status: 'rejected' as const, reason }),
    );
    this.weight += weight;
    this.running.push({
      key,
      weight,
      settled,
      take: async () => {
        const outcome = await settled;
        await take(() => {
          if (outcome.status === 'rejected') throw outcome.reason;
          return outcome.value;
        });
      },
    });
  }

  /** Waits for all tasks. @throws what the `take` of one throws; the later ones are still running */
  async drain(): Promise<void> {
    while (this.running.length > 0) await this.takeOldest();
  }

  /** Waits for all tasks, and takes the results of those that have not failed. */
  async drainDone(): Promise<void> {
    for (const { settled, take } of this.running.splice(0))
      if ((await settled).status === 'fulfilled') await take();
  }

  private async takeOldest(): Promise<void> {
    const { weight, take } = this.running.shift()!;
    this.weight -= weight;
    await take();
  }
}
