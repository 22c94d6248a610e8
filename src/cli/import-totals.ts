// Counts what an import has done, and says it in one line.

export class ImportTotals {
  imported = 0;
  /** Conversations that got new messages. */
  grown = 0;
  known = 0;
  memories = 0;
  /** Memories of other products that nobody has asked for. */
  offered = 0;
  failed = 0;
  warnings = 0;

  get items(): number {
    return this.imported + this.grown + this.known + this.memories + this.offered;
  }

  get isEmpty(): boolean {
    return this.items + this.failed === 0;
  }

  line(isDryRun: boolean): string {
    const some = (count: number, what: string) => (count > 0 ? [`${count} ${what}`] : []);
    const counts = [
      `${this.imported} ${isDryRun ? 'would be imported' : 'imported'}`,
      ...some(this.grown, 'grown'),
      ...some(this.memories, 'memories'),
      ...(isDryRun ? [] : [`${this.known} already there`]),
      `${this.failed} failed`,
      ...some(this.warnings, 'warnings'),
    ].join(', ');
    return this.offered > 0
      ? `${counts}. ${this.offered} memories were found: add --memories to import them, too`
      : counts;
  }
}
