// What of a user's overrides the service does not let them change, and whose words are left.
import { pointerToken } from '../../platform/input/index.js';
import { DEFAULT_OVERRIDABLE, type Overridable } from './overridable.js';
import type { Overrides } from './override-input.js';

const PARTS = ['model', 'parameters', 'systemPrompt', 'tools', 'memory', 'context'] as const;
export type Part = (typeof PARTS)[number];

export interface RefusedOverride {
  /** What it would change: a JSON pointer into the configuration. */
  path: string;
  reason: 'not_overridable' | 'out_of_bounds';
}

/** One value of the overrides. */
interface Leaf {
  part: Part;
  path: string;
  /** Where it is in the overrides: parameters may be under `extra`. */
  pointer: string;
  value: unknown;
}

const namesOf = (part: unknown): [string, unknown][] => Object.entries(part ?? {});

/** Null takes a parameter away, and leaves everything else as it is. */
function leavesOf(overrides: Overrides): Leaf[] {
  const whole = (['model', 'systemPrompt', 'tools'] as const).map((part): Leaf => ({
    part,
    path: `/${part}`,
    pointer: `/${part}`,
    value: overrides[part],
  }));
  const single = (['memory', 'context'] as const).flatMap((part) =>
    namesOf(overrides[part]).map(([name, value]) => leafOf(part, name, value, `/${part}`)),
  );
  const { extra, ...rest } = overrides.parameters ?? {};
  const parameters = [
    ...namesOf(rest).map(([name, value]) => leafOf('parameters', name, value, '/parameters')),
    ...namesOf(extra).map(([name, value]) =>
      leafOf('parameters', name, value, '/parameters/extra'),
    ),
  ];
  return [
    ...[...whole, ...single].filter(({ value }) => value !== null && value !== undefined),
    ...parameters,
  ];
}

const leafOf = (part: Part, name: string, value: unknown, at: string): Leaf => ({
  part,
  path: `/${part}/${pointerToken(name)}`,
  pointer: `${at}/${pointerToken(name)}`,
  value,
});

/** The nearest rule counts: a bound on one parameter also where all of them are listed. */
function refusalOf(
  { path: at, value }: Leaf,
  listed: Overridable,
): RefusedOverride['reason'] | null {
  const rules = listed
    .map((rule) => (typeof rule === 'string' ? { path: rule } : rule))
    .filter((rule) => at === rule.path || at.startsWith(`${rule.path}/`));
  const nearest = rules.sort((a, b) => b.path.length - a.path.length)[0];
  if (!nearest) return 'not_overridable';
  const { min, max } = nearest;
  if (min === undefined && max === undefined) return null;
  return typeof value === 'number' && value >= (min ?? -Infinity) && value <= (max ?? Infinity)
    ? null
    : 'out_of_bounds';
}

/** @returns what of the overrides the configuration does not let users change */
export function refusedOverrides(
  overrides: Overrides,
  listed: Overridable = DEFAULT_OVERRIDABLE,
): (RefusedOverride & { pointer: string })[] {
  return leavesOf(overrides).flatMap((leaf) => {
    const reason = refusalOf(leaf, listed);
    return reason === null ? [] : [{ path: leaf.path, pointer: leaf.pointer, reason }];
  });
}

/** The overrides without what is refused. */
export function withoutRefused(
  overrides: Overrides,
  refused: readonly { pointer: string }[],
): Overrides {
  const pointers = new Set(refused.map(({ pointer }) => pointer));
  const kept = <T extends object>(part: T | null | undefined, at: string): T =>
    Object.fromEntries(
      namesOf(part).filter(([name]) => !pointers.has(`${at}/${pointerToken(name)}`)),
    ) as T;
  const { model, systemPrompt, tools, memory, context, parameters } = overrides;
  const known = kept(parameters, '/parameters');
  const all = {
    model,
    systemPrompt,
    tools,
    memory: kept(memory, '/memory'),
    context: kept(context, '/context'),
  };
  const laid = parameters
    ? {
        ...all,
        parameters: {
          ...known,
          extra: kept(known['extra'] as object | undefined, '/parameters/extra'),
        },
      }
    : all;
  return kept(laid, '');
}

/** Whose words each part of a configuration is, a part of which any is the user's counts as the user's. */
export function ownersOf(
  owner: 'user' | 'service',
  overrides: Overrides | null,
): Record<Part, 'user' | 'service'> {
  const laid = new Set(leavesOf(overrides ?? {}).map(({ part }) => part));
  return Object.fromEntries(PARTS.map((part) => [part, laid.has(part) ? 'user' : owner])) as Record<
    Part,
    'user' | 'service'
  >;
}
