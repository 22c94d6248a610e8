// How the texts of an index lie next to each other: within a group each has neighbours, and a pause ends a session.
import type { TextTable } from './text-table.js';

export const NO_SLOT = -1;

/** A longer silence ends a session. */
const SESSION_PAUSE_MS = 4 * 60 * 60 * 1_000;

export interface TextLayout {
  /** Slots, or NONE. */
  previous: Int32Array;
  next: Int32Array;
  /** The number of each text's session. One without a group is a session of its own. */
  session: Int32Array;
  /** Terms in each session. */
  sessionLengths: number[];
  /** Terms in all texts. */
  totalLength: number;
}

export function computeLayout(table: TextTable): TextLayout {
  const { slots, alive, group, length } = table;
  const layout: TextLayout = {
    previous: filledWithNoSlot(slots),
    next: filledWithNoSlot(slots),
    session: filledWithNoSlot(slots),
    sessionLengths: [],
    totalLength: 0,
  };
  const lastOf = new Map<number, number>();
  let [current, last] = [0, NO_SLOT];
  for (let slot = 0; slot < slots; slot++) {
    if (alive[slot] === 0) continue;
    layout.totalLength += length[slot]!;
    // Most texts follow one of their own group: the map is asked only where they don't.
    if (group[slot] !== current) {
      if (current !== 0) lastOf.set(current, last);
      current = group[slot]!;
      last = lastOf.get(current) ?? NO_SLOT;
    }
    placeText(table, layout, slot, current === 0 ? NO_SLOT : last);
    last = slot;
  }
  return layout;
}

function placeText(
  { at, length }: TextTable,
  { previous, next, session, sessionLengths }: TextLayout,
  slot: number,
  before: number,
): void {
  const goesOn = before !== NO_SLOT && Math.abs(at[slot]! - at[before]!) <= SESSION_PAUSE_MS;
  const number = goesOn ? session[before]! : sessionLengths.push(0) - 1;
  session[slot] = number;
  sessionLengths[number]! += length[slot]!;
  if (before === NO_SLOT) return;
  previous[slot] = before;
  next[before] = slot;
}

/** The slots of up to `count` texts before (or after) this one, nearest first. */
export function walk(direction: Int32Array, slot: number, count: number): number[] {
  const slots: number[] = [];
  for (
    let at = direction[slot] ?? NO_SLOT;
    at !== NO_SLOT && slots.length < count;
    at = direction[at]!
  )
    slots.push(at);
  return slots;
}

const filledWithNoSlot = (slots: number): Int32Array => new Int32Array(slots).fill(NO_SLOT);
