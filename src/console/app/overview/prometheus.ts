// Reads metrics in the text format of Prometheus.

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (NaN|[+-]?(?:Inf|\d[\d.eE+-]*))(?: |$)/;
const LABEL = /(?:^|,)(\w+)="((?:[^"\\]|\\.)*)"/g;

const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));

const valueOf = (text: string): number =>
  text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);

/** The samples, in their order. Comments and lines that are none are left out. */
export function samplesIn(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    const pairs = [...labels.matchAll(LABEL)].map(([, label, of]) => [label!, unescaped(of!)]);
    return [{ name, labels: Object.fromEntries(pairs) as Sample['labels'], value: valueOf(value) }];
  });
}

/** The sum of all samples of a name with these labels; null when there is none. */
export function sum(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | null {
  const found = samples.filter(
    (one) =>
      one.name === name &&
      Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  );
  return found.length === 0 ? null : found.reduce((total, { value }) => total + value, 0);
}

/** The values that a label has, in their order. */
export const valuesOf = (samples: readonly Sample[], name: string, label: string): string[] => [
  ...new Set(
    samples.flatMap((one) =>
      one.name === name && one.labels[label] !== undefined ? [one.labels[label]] : [],
    ),
  ),
];
