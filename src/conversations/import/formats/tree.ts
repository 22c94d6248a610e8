// Walks the tree of messages that chats with regenerated answers and edits are. A damaged one may
// lack nodes or have cycles.
import type { JsonObject } from './format.js';

export interface SourceNode {
  id: string;
  /** The id of the node before it; anything else for a root. */
  parent: unknown;
  /** RFC 3339, or null. */
  time: string | null;
  /** The message as the source has it; null for a node without one. */
  message: JsonObject | null;
}

export interface Branch {
  /** The nodes from the root to the head. */
  path: SourceNode[];
  /** The number of messages on other branches. */
  others: number;
}

/** Follows the branch to `head`, or to the newest leaf when there is no such node. */
export function branchTo(list: readonly SourceNode[], head: unknown): Branch {
  const nodes = new Map(list.map((node) => [node.id, node]));
  const seen = new Set<unknown>();
  const path: SourceNode[] = [];
  let id: unknown = typeof head === 'string' && nodes.has(head) ? head : newestLeaf(list);
  for (let node = nodes.get(id as string); node && !seen.has(id); node = nodes.get(id as string)) {
    seen.add(id);
    path.push(node);
    id = node.parent;
  }
  const count = (some: Iterable<SourceNode>) =>
    [...some].filter(({ message }) => message !== null).length;
  return { path: path.reverse(), others: count(nodes.values()) - count(path) };
}

/** What the person is told about messages of other branches. */
export const othersWarning = (others: number): string[] =>
  others > 0 ? [`${others} messages on other branches are left out`] : [];

/** A cycle has no leaf, so all of its nodes are candidates. */
function newestLeaf(list: readonly SourceNode[]): string | undefined {
  const parents = new Set(list.map(({ parent }) => parent));
  const leaves = list.filter(({ id }) => !parents.has(id));
  const [first, ...others] = leaves.length > 0 ? leaves : list;
  if (!first) return undefined;
  return others.reduce(
    (newest, node) => ((node.time ?? '') >= (newest.time ?? '') ? node : newest),
    first,
  ).id;
}
