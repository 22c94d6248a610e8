// Settings of the memory: its kinds, how long memories are kept, and the families of the guard.
import { z } from 'zod';
import { count } from './setting-kinds.js';

/** The kinds of a memory. Declared here because `MEMORY_RETENTION` names them. */
export const MEMORY_KINDS = ['fact', 'preference', 'episode', 'summary', 'instruction'] as const;
export type MemoryKind = (typeof MEMORY_KINDS)[number];

/** What a guard searches for in a text before it is stored. */
const GUARD_FAMILIES = ['secrets', 'pii'] as const;
export type GuardFamily = (typeof GUARD_FAMILIES)[number];

const commaList = (word: string) => new RegExp(`^\\s*${word}(\\s*,\\s*${word})*\\s*$`);

/** `secrets, pii` as `['secrets', 'pii']`. */
export const wordsOf = (list: string): string[] => list.split(',').map((word) => word.trim());

/** `secrets,pii`, one of the two, or `off`. */
const guard = (unset: GuardFamily | 'off') =>
  z
    .string()
    .regex(
      new RegExp(`${commaList(`(${GUARD_FAMILIES.join('|')})`).source}|^\\s*off\\s*$`),
      'must be secrets, pii, both with a comma between, or off',
    )
    .default(unset)
    .transform(
      (list): ReadonlySet<GuardFamily> =>
        new Set(GUARD_FAMILIES.filter((family) => wordsOf(list).includes(family))),
    );

/** `episode:90,summary:365`: days by kind. Naming a kind twice is refused as a mistake. */
const retention = z
  .string()
  .regex(
    commaList(`(${MEMORY_KINDS.join('|')}):[1-9]\\d{0,4}`),
    `must be days by kind, as in episode:90,summary:365; the kinds are ${MEMORY_KINDS.join(', ')}`,
  )
  .optional()
  .transform((list) =>
    list === undefined ? [] : wordsOf(list).map((word) => word.split(':') as [MemoryKind, string]),
  )
  .refine(
    (pairs) => new Set(pairs.map(([kind]) => kind)).size === pairs.length,
    'must name each kind once',
  )
  .transform((pairs) =>
    Object.freeze(
      Object.fromEntries(pairs.map(([kind, days]) => [kind, Number(days)])) as Partial<
        Record<MemoryKind, number>
      >,
    ),
  );

export const memorySettings = {
  MEMORY_GUARD: guard('secrets'),
  MESSAGE_GUARD: guard('off'),
  MEMORY_RETENTION: retention,
  MEMORY_INDEX_MB: count(64, 65_536),
  MEMORY_VECTORS_IN_PROCESS: count(20_000, 10_000_000),
};
