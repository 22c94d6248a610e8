// Compares two versions in a worker thread.
import { changesBetween, textDiff } from './diff.js';
import type { JsonChanges } from './json-changes.js';

export interface DiffInput {
  /** Contents as JSON text. */
  from: string;
  to: string;
  names: { from: string; to: string };
}

export interface DiffOutput extends JsonChanges {
  /** The unified diff; null when the versions are too long or too different. */
  text: string | null;
}

export default function diff({ from, to, names }: DiffInput): DiffOutput {
  const [a, b] = [JSON.parse(from) as unknown, JSON.parse(to) as unknown];
  return { ...changesBetween(a, b), text: textDiff(a, b, names) };
}
