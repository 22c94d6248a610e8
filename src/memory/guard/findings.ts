// What a memory should not hold for years, found without a model.
import type { GuardFamily } from '../../platform/config/environment-schema.js';
import { assignments } from './assignments.js';
import type { Detector } from './detector.js';
import { personalData } from './personal-data.js';
import { tokens } from './tokens.js';

/** Never with the text that was found. */
export interface Finding {
  /** As in `github_token`. */
  kind: string;
  family: GuardFamily;
}

const FAMILIES: Record<GuardFamily, Detector[]> = { secrets: [...tokens, ...assignments], pii: personalData };

/** Each kind once. In time linear in the text. */
export const findingsIn = (text: string, families: ReadonlySet<GuardFamily>): Finding[] => [...families].flatMap((family) => findingsOf(family, text));

function findingsOf(family: GuardFamily, text: string): Finding[] {
  const found = FAMILIES[family].filter((detector) => detector.finds(text));
  return [...new Set(found.map(({ kind }) => kind))].map((kind) => ({ kind, family }));
}

/** Of a memory with its metadata, any JSON value: all that is written in it, names included, each value beside its name. */
export function findingsInRow(content: string, metadata: unknown, families: ReadonlySet<GuardFamily>): Finding[] {
  // On lines of their own: nothing that is looked for goes over the end of a line.
  return families.size === 0 ? [] : findingsIn([content, ...linesOf(metadata)].join('\n'), families);
}

function linesOf(metadata: unknown): string[] {
  const lines: string[] = [];
  // No recursion, and no spread: how deep or how long somebody's JSON is must not matter.
  const open: [name: string, value: unknown][] = [['', metadata]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [name, value] = next;
    if (typeof value === 'object' && value !== null) {
      const ofList = Array.isArray(value);
      for (const [key, item] of Object.entries(value)) open.push([ofList ? name : key, item]);
      lines.push(name);
    } else lines.push(`${name}: ${String(value)}`);
  }
  return lines;
}
