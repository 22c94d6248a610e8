// Walks the tree of a ChatGPT conversation. A damaged one may lack nodes or have cycles.
import { isObject, type JsonObject } from './format.js';

export type Nodes = Map<string, JsonObject>;

/**
 * Returns the nodes from the root to `current`, or to the newest leaf when `current` is missing.
 */
export function followBranch(nodes: Nodes, current: unknown): JsonObject[] {
  const seen = new Set<unknown>();
  const branch: JsonObject[] = [];
  let id = typeof current === 'string' && nodes.has(current) ? current : newestLeaf(nodes);
  for (let node = nodes.get(id as string); node && !seen.has(id); node = nodes.get(id as string)) {
    seen.add(id);
    branch.push(node);
    id = node['parent'];
  }
  return branch.reverse();
}

/**
 * Returns the leaf with the latest message. A cycle has no leaf, so all of its nodes are
 * candidates.
 */
function newestLeaf(nodes: Nodes): unknown {
  const parents = new Set([...nodes.values()].map((node) => node['parent']));
  const ids = [...nodes.keys()];
  const leaves = ids.filter((id) => !parents.has(id));
  const candidates = leaves.length > 0 ? leaves : ids;
  return candidates.reduce<string | undefined>(
    (newest, id) =>
      newest === undefined || timeOf(nodes.get(id)) >= timeOf(nodes.get(newest)) ? id : newest,
    undefined,
  );
}

function timeOf(node: JsonObject | undefined): number {
  const message = node?.['message'];
  const time = isObject(message) ? message['create_time'] : undefined;
  return typeof time === 'number' ? time : -Infinity;
}
