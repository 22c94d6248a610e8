/** What waits, in order of arrival for each owner. Owners take turns. Every operation takes constant time. */
export class FairLine<T> {
  private readonly queues = new Map<string, Set<T>>();
  size = 0;

  add(owner: string, item: T): void {
    const queue = this.queues.get(owner) ?? new Set<T>();
    queue.add(item);
    this.queues.set(owner, queue);
    this.size++;
  }

  /** Does nothing for an item that is not there. */
  remove(owner: string, item: T): void {
    const queue = this.queues.get(owner);
    if (!queue?.delete(item)) return;
    this.size--;
    if (queue.size === 0) this.queues.delete(owner);
  }

  /** Takes the first item of the next owner, who then moves to the end of the line. */
  shift(): T | undefined {
    const [next] = this.queues;
    if (!next) return undefined;
    const [owner, queue] = next;
    const [item] = queue;
    this.queues.delete(owner);
    queue.delete(item!);
    this.size--;
    if (queue.size > 0) this.queues.set(owner, queue);
    return item;
  }
}
