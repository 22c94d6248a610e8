// What clients saw of a list that only grows, and what cannot be true of it: the checks that Elle makes of an append workload.

/** Clocks are of one process: an operation that ended before another began happened before it. */
interface Span {
  begun: number;
  /** Absent when nobody knows how it ended. */
  ended?: number;
}

export interface Append extends Span {
  list: string;
  value: string;
}

export interface Read extends Span {
  list: string;
  /** The values, in order. */
  saw: string[];
}

export interface Anomaly {
  kind:
    | 'not a prefix'
    | 'acknowledged and not there'
    | 'went back'
    | 'never appended'
    | 'twice'
    | 'out of order';
  list: string;
  detail: unknown;
}

/** `reads` must hold one of each list made after everything else: it is taken for the truth. */
export function anomaliesOf(appends: Append[], reads: Read[]): Anomaly[] {
  const found: Anomaly[] = [];
  for (const list of new Set(reads.map((read) => read.list))) {
    const ours = <T extends { list: string }>(all: T[]) => all.filter((one) => one.list === list);
    found.push(
      ...anomaliesOfOne(
        list,
        ours(appends),
        ours(reads).sort((a, b) => a.begun - b.begun),
      ),
    );
  }
  return found;
}

function anomaliesOfOne(list: string, appends: Append[], reads: Read[]): Anomaly[] {
  const final = reads.at(-1)!.saw;
  const position = new Map(final.map((value, i) => [value, i]));
  const found: Anomaly[] = [];
  const report = (kind: Anomaly['kind'], detail: unknown) =>
    void found.push({ kind, list, detail });
  const tried = new Set(appends.map(({ value }) => value));
  if (position.size !== final.length)
    report(
      'twice',
      final.filter((value, i) => position.get(value) !== i),
    );
  for (const value of final) if (!tried.has(value)) report('never appended', value);
  for (const { saw } of reads)
    if (saw.some((value, i) => value !== final[i]))
      report(
        'not a prefix',
        saw.find((value, i) => value !== final[i]),
      );
  const acknowledged = appends.filter(({ ended }) => ended !== undefined);
  for (const append of acknowledged) {
    const at = position.get(append.value) ?? Infinity;
    const blind = reads.find((read) => read.begun > append.ended! && read.saw.length <= at);
    if (blind) report('acknowledged and not there', { append, saw: blind.saw.length });
    const later = acknowledged.find(
      (other) => other.begun > append.ended! && (position.get(other.value) ?? Infinity) < at,
    );
    if (later) report('out of order', { append, later });
  }
  for (const read of reads) {
    const before = reads.find(
      (other) => other.ended! < read.begun && other.saw.length > read.saw.length,
    );
    if (before) report('went back', { before: before.saw.length, now: read.saw.length });
  }
  return found;
}
