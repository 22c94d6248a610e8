// Finds the overrides that the service does not allow, and tells which parts are the user's.
import { pointerToken } from '../../platform/input/index.js';
import { DEFAULT_OVERRIDABLE, type Overridable } from './overridable.js';
import type { Overrides } from './override-input.js';

const PARTS = ['model', 'parameters', 'systemPrompt', 'tools', 'memory', 'context'] as const;
export type OverridePart = (typeof PARTS)[number];

export interface RefusedOverride {
  /** JSON pointer into the configuration. */
  path: string;
  reason: 'not_overridable' | 'out_of_bounds';
}

/** One overridden value. */
interface Leaf {
  part: OverridePart;
  path: string;
  /** JSON pointer into the overrides; parameters may be under `extra`. */
  pointer: string;
  value: unknown;
}

const namesOf = (part: unknown): [string, unknown][] => Object.entries(part ?? {});

/** Lists the overridden values. Null removes a parameter; in other parts it changes nothing. */
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

const leafOf = (part: OverridePart, name: string, value: unknown, at: string): Leaf => ({
  part,
  path: `/${part}/${pointerToken(name)}`,
  pointer: `${at}/${pointerToken(name)}`,
  value,
});

/**
 * The longest matching path decides, so bounds of one parameter hold also when all parameters are
 * allowed.
 */
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

/** @returns the overrides that the rules refuse */
export function refusedOverrides(
  overrides: Overrides,
  listed: Overridable = DEFAULT_OVERRIDABLE,
): (RefusedOverride & { pointer: string })[] {
  return leavesOf(overrides).flatMap((leaf) => {
    const reason = refusalOf(leaf, listed);
    return reason === null ? [] : [{ path: leaf.path, pointer: leaf.pointer, reason }];
  });
}

/** Returns the overrides without those that were refused. */
export function withoutRefused(
  overrides: Overrides,
  refused: readonly { pointer: string }[],
): Overrides {
  const pointers = new Set(refused.map(({ pointer }) => pointer));
  const allowed = <T extends object>(part: T | null | undefined, at: string): T =>
    Object.fromEntries(
      namesOf(part).filter(([name]) => !pointers.has(`${at}/${pointerToken(name)}`)),
    ) as T;
  const { model, systemPrompt, tools, memory, context, parameters } = overrides;
  const known = allowed(parameters, '/parameters');
  const all = {
    model,
    systemPrompt,
    tools,
    memory: allowed(memory, '/memory'),
    context: allowed(context, '/context'),
  };
  const overridden = parameters
    ? {
        ...all,
        parameters: {
          ...known,
          extra: allowed(known['extra'] as object | undefined, '/parameters/extra'),
        },
      }
    : all;
  return allowed(overridden, '');
}

/** Returns the owner of each part. A part with any value of the user counts as the user's. */
export function ownersOf(
  owner: 'user' | 'service',
  overrides: Overrides | null,
): Record<OverridePart, 'user' | 'service'> {
  const overridden = new Set(leavesOf(overrides ?? {}).map(({ part }) => part));
  return Object.fromEntries(
    PARTS.map((part) => [part, overridden.has(part) ? 'user' : owner]),
  ) as Record<OverridePart, 'user' | 'service'>;
}
