// Counts what an import has done, and says it in one line.

type OtherKind = 'memory' | 'task' | 'event' | 'block';

const PLURALS: Readonly<Record<OtherKind, string>> = {
  memory: 'memories',
  task: 'tasks',
  event: 'events',
  block: 'memory blocks',
};

export class ImportTotals {
  imported = 0;
  /** Conversations that got new messages. */
  grown = 0;
  known = 0;
  /** What else was added, by kind. */
  private readonly others = new Map<OtherKind, number>();
  /** Memories of other products that nobody has asked for. */
  offered = 0;
  failed = 0;
  warnings = 0;

  get items(): number {
    const others = [...this.others.values()].reduce((sum, count) => sum + count, 0);
    return this.imported + this.grown + this.known + this.offered + others;
  }

  add(kind: OtherKind): void {
    this.others.set(kind, (this.others.get(kind) ?? 0) + 1);
  }

  get isEmpty(): boolean {
    return this.items + this.failed === 0;
  }

  line(isDryRun: boolean): string {
    const some = (count: number, what: string) => (count > 0 ? [`${count} ${what}`] : []);
    const counts = [
      `${this.imported} ${isDryRun ? 'would be imported' : 'imported'}`,
      ...some(this.grown, 'grown'),
      ...[...this.others].map(([kind, count]) => `${count} ${PLURALS[kind]}`),
      ...(isDryRun ? [] : [`${this.known} already there`]),
      `${this.failed} failed`,
      ...some(this.warnings, 'warnings'),
    ].join(', ');
    return this.offered > 0
      ? `${counts}. ${this.offered} memories were found: add --memories to import them, too`
      : counts;
  }
}
