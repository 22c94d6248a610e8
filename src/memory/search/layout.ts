// Computes how texts of an index follow each other. Texts of one group (a conversation) are
// neighbours; a long pause ends a session.
import type { TextTable } from './text-table.js';

export const NO_SLOT = -1;

/** A longer pause between two texts of a group starts a new session. */
const SESSION_PAUSE_MS = 4 * 60 * 60 * 1_000;

export interface TextLayout {
  /** The slot of the previous text of the group, or NO_SLOT. */
  previous: Int32Array;
  next: Int32Array;
  /** The session number of each text. A text without a group is a session of its own. */
  session: Int32Array;
  /** Number of terms in each session. */
  sessionLengths: number[];
  /** Number of terms in all texts. */
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
  const lastSlotByGroup = new Map<number, number>();
  let [current, last] = [0, NO_SLOT];
  for (let slot = 0; slot < slots; slot++) {
    if (alive[slot] === 0) continue;
    layout.totalLength += length[slot]!;
    // Looks up the map only when the group changes, because most texts follow one of their own
    // group.
    if (group[slot] !== current) {
      if (current !== 0) lastSlotByGroup.set(current, last);
      current = group[slot]!;
      last = lastSlotByGroup.get(current) ?? NO_SLOT;
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

/** Returns the slots of up to `count` neighbours in one direction, nearest first. */
export function neighbouringSlots(direction: Int32Array, slot: number, count: number): number[] {
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
