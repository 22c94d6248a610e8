// Finds the messages of a source among those that its conversation has, whatever their order: a message
// is the one that says the same below the same parent.
import type { MessageRole } from '../messages/message.entity.js';

export interface TreeMessage {
  /** `seq`, or the place in the source, from 1. */
  seq: number;
  /** Smaller than `seq`; 0 for none. */
  parentSeq: number;
  role: MessageRole;
  /** Of role and content; null when it is not known what the message says. */
  digest: string | null;
  createdAt: string;
}

/** What two messages with the same parent have in common; null when nothing is known of one. */
type Likeness = (message: TreeMessage) => string | null;

const byWords: Likeness = ({ digest }) => digest;
const byWordsAndTime: Likeness = ({ digest, createdAt }) =>
  digest === null ? null : `${digest} ${createdAt}`;
const byTime: Likeness = ({ role, createdAt }) => `${role} ${createdAt}`;
const unknownByTime: Likeness = (message) => (message.digest === null ? byTime(message) : null);

/**
 * Asked in this order: twins are told apart by their times, and a message that was erased here, or was
 * in progress there, has only a time.
 */
const LIKENESSES: readonly (readonly [ofStored: Likeness, ofSource: Likeness])[] = [
  [byWordsAndTime, byWordsAndTime],
  [byWords, byWords],
  [unknownByTime, byTime],
  [byTime, unknownByTime],
];

/**
 * Takes time that grows with the number of messages.
 * @param source parents come before their children; the first one has `seq` 1
 * @returns the `seq` of the stored message for each place of the source, from place 0 on, which is
 *   the parent of the first messages; null for a message that is not there
 */
export function findStored(
  stored: readonly TreeMessage[],
  source: readonly TreeMessage[],
): (number | null)[] {
  const found: (number | null)[] = [0, ...source.map(() => null)];
  const storedBelow = byParent(stored);
  const sourceBelow = byParent(source);
  for (const open = [0]; open.length > 0;) {
    const place = open.pop()!;
    const children = sourceBelow.get(place) ?? [];
    for (const [child, seq] of pairs(storedBelow.get(found[place]!) ?? [], children)) {
      found[child] = seq;
      open.push(child);
    }
  }
  return found;
}

/** Returns place and `seq` of those that are alike, each of them once. */
function pairs(stored: TreeMessage[], source: TreeMessage[]): [place: number, seq: number][] {
  const found: [number, number][] = [];
  let [left, wanted] = [stored, source];
  for (const [ofStored, ofSource] of LIKENESSES) {
    if (left.length === 0 || wanted.length === 0) break;
    const taken = new Set<TreeMessage>();
    const alike = new Alike(left, ofStored);
    wanted = wanted.filter((message) => {
      const one = alike.take(ofSource(message));
      if (!one) return true;
      taken.add(one);
      found.push([message.seq, one.seq]);
      return false;
    });
    left = left.filter((message) => !taken.has(message));
  }
  return found;
}

/** Messages by their likeness, the oldest first. */
class Alike {
  private readonly groups = new Map<string, TreeMessage[]>();

  constructor(messages: readonly TreeMessage[], likeness: Likeness) {
    for (const message of messages.toReversed()) {
      const key = likeness(message);
      if (key !== null) addTo(this.groups, key, message);
    }
  }

  take(key: string | null): TreeMessage | undefined {
    return key === null ? undefined : this.groups.get(key)?.pop();
  }
}

function byParent(messages: readonly TreeMessage[]): Map<number, TreeMessage[]> {
  const groups = new Map<number, TreeMessage[]>();
  for (const message of messages) addTo(groups, message.parentSeq, message);
  return groups;
}

function addTo<K>(groups: Map<K, TreeMessage[]>, key: K, message: TreeMessage): void {
  const group = groups.get(key);
  if (group) group.push(message);
  else groups.set(key, [message]);
}
