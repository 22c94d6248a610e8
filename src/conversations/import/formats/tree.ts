// Puts the messages of a tree in an order in which each comes after the one that it follows. Chats with
// regenerated answers and edits are trees. A damaged one may lack nodes or have cycles.
import { compareTimes } from '../../../platform/input/time.js';
import { isText, type JsonObject } from './format.js';
import { withParent } from './parents.js';

export interface SourceNode {
  id: string;
  /** The id of the node before it; anything else for a root. */
  parent: unknown;
  /** RFC 3339, or null. */
  time: string | null;
  /** The message as the source has it; null for a node without one. */
  message: JsonObject | null;
}

export interface TreeMessage {
  message: JsonObject;
  /** Place of the message that it follows, from 1; 0 for none. */
  parent: number;
}

export interface SourceTree {
  /** Parents come before their children, and earlier messages before later ones. */
  messages: TreeMessage[];
  /** Place of the last message of the branch that was seen last; 0 for none. */
  head: number;
  /** The number of messages on other branches. */
  others: number;
  warnings: string[];
}

/** @param head the id of the last node that was seen; without such a node, the newest leaf is it */
export function treeOf(list: readonly SourceNode[], head: unknown): SourceTree {
  const nodes = new Map(list.map((node) => [node.id, node]));
  const last =
    (typeof head === 'string' ? nodes.get(head) : undefined) ?? newestLeaf([...nodes.values()]);
  const walk = new Walk(nodes, last);
  const places = new Map<SourceNode, number>();
  const messages: TreeMessage[] = [];
  for (const { node, parent } of walk.inOrder()) {
    const above = parent ? places.get(parent)! : 0;
    if (node.message !== null) messages.push({ message: node.message, parent: above });
    places.set(node, node.message === null ? above : messages.length);
  }
  const end = last ? places.get(last)! : 0;
  return {
    messages,
    head: end,
    others: messages.length - lengthOfPath(messages, end),
    warnings: [...tornWarning(walk.torn), ...twiceWarning(list.length - nodes.size)],
  };
}

/** Messages in a list, each of which follows the one before. */
export const listOf = (messages: readonly JsonObject[]): SourceTree => ({
  messages: messages.map((message, i) => ({ message, parent: i })),
  head: messages.length,
  others: 0,
  warnings: [],
});

/**
 * Returns the fields of an import that say where its messages belong. A tree without branches has none.
 * @param converted the messages of the tree, in its order
 */
export function placedMessages(
  { messages, head }: SourceTree,
  converted: readonly JsonObject[],
): { headSeq?: number; messages: JsonObject[] } {
  const isList = head === messages.length && messages.every(({ parent }, i) => parent === i);
  const placed = converted.map((message, i) => withParent(message, messages[i]!.parent, i));
  return isList ? { messages: placed } : { headSeq: head, messages: placed };
}

/**
 * Visits messages and what follows them, each branch as a whole.
 * @param leave is called when all that follows a message was visited
 */
export function walkBranches(
  messages: readonly TreeMessage[],
  enter: (index: number) => void,
  leave: (index: number) => void,
): void {
  const below = new Map<number, number[]>();
  messages.forEach(({ parent }, i) => {
    const siblings = below.get(parent);
    if (siblings) siblings.push(i);
    else below.set(parent, [i]);
  });
  // A message that was entered is kept as its complement, until it is left.
  const open = (below.get(0) ?? []).toReversed();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next < 0) {
      leave(~next);
      continue;
    }
    enter(next);
    open.push(~next);
    for (const child of (below.get(next + 1) ?? []).toReversed()) open.push(child);
  }
}

interface Step {
  node: SourceNode;
  parent: SourceNode | null;
  /** Not before the time of the parent. */
  time: string;
}

/** Visits each node once: the parent before its children, and cycles cut open. */
class Walk {
  /** How many nodes follow one that is missing, besides a first one. */
  torn = 0;
  private readonly roots: SourceNode[] = [];
  private readonly below = new Map<SourceNode, SourceNode[]>();

  constructor(
    private readonly nodes: ReadonlyMap<string, SourceNode>,
    last: SourceNode | undefined,
  ) {
    for (const node of nodes.values()) {
      const parent = this.parentOf(node);
      if (!parent) this.roots.push(node);
      else if (this.below.has(parent)) this.below.get(parent)!.push(node);
      else this.below.set(parent, [node]);
    }
    const missing = this.roots.filter(({ parent }) => isId(parent)).length;
    this.torn = Math.min(missing, this.roots.length - 1);
    this.openCycles(last);
  }

  inOrder(): Step[] {
    const steps: Step[] = [];
    const open: Step[] = this.roots
      .map((node) => ({ node, parent: null, time: node.time ?? '' }))
      .reverse();
    for (let step = open.pop(); step; step = open.pop()) {
      steps.push(step);
      const { node: parent, time } = step;
      for (const node of (this.below.get(parent) ?? []).toReversed())
        open.push({ node, parent, time: later(node.time, time) });
    }
    // A stable sort keeps parents before children of the same time.
    return steps.sort((a, b) => compareTimes(a.time, b.time));
  }

  private parentOf = ({ parent }: SourceNode): SourceNode | undefined =>
    typeof parent === 'string' ? this.nodes.get(parent) : undefined;

  /** A node of each cycle becomes a root; that of the head ends with the head. */
  private openCycles(last: SourceNode | undefined): void {
    const reached = new Set<SourceNode>();
    const reach = (from: SourceNode) => {
      for (const open = [from]; open.length > 0;) {
        const node = open.pop()!;
        if (reached.has(node)) continue;
        reached.add(node);
        for (const child of this.below.get(node) ?? []) open.push(child);
      }
    };
    this.roots.forEach(reach);
    const starts = last ? [last, ...this.nodes.values()] : [];
    for (const start of starts) {
      if (reached.has(start)) continue;
      const root = this.endOfCycle(start);
      const siblings = this.below.get(this.parentOf(root)!)!;
      siblings.splice(siblings.indexOf(root), 1);
      this.roots.push(root);
      reach(root);
    }
  }

  /** Follows the parents until they come again. */
  private endOfCycle(start: SourceNode): SourceNode {
    const seen = new Set<SourceNode>();
    let node = start;
    for (let next = this.parentOf(node)!; !seen.has(next); next = this.parentOf(node)!) {
      seen.add(node);
      if (seen.has(next)) break;
      node = next;
    }
    return node;
  }
}

/** What LibreChat and Claude have as the parent of a first message. */
const NO_PARENT = /^0{8}-0{4}-[04]0{3}-[08]0{3}-0{12}$/;

const isId = (parent: unknown): boolean => isText(parent) && !NO_PARENT.test(parent);

const later = (time: string | null, other: string): string =>
  time !== null && compareTimes(time, other) > 0 ? time : other;

function lengthOfPath(messages: readonly TreeMessage[], head: number): number {
  let length = 0;
  for (let place = head; place > 0; place = messages[place - 1]!.parent) length++;
  return length;
}

const tornWarning = (torn: number): string[] =>
  torn > 0 ? [`${torn} messages follow one that is missing, and begin anew`] : [];

const twiceWarning = (count: number): string[] =>
  count > 0 ? [`${count} messages have the id of a later one, and are left out`] : [];

/** A cycle has no leaf, so all of its nodes are candidates. */
function newestLeaf(list: readonly SourceNode[]): SourceNode | undefined {
  const parents = new Set(list.map(({ parent }) => parent));
  const leaves = list.filter(({ id }) => !parents.has(id));
  const [first, ...others] = leaves.length > 0 ? leaves : list;
  return others.reduce(
    (newest, node) =>
      newest && compareTimes(node.time ?? '', newest.time ?? '') >= 0 ? node : newest,
    first,
  );
}
