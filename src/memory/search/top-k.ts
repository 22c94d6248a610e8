// Selects the best few of many candidates with a heap instead of a sort. The heap's root is the
// worst candidate kept so far.

/** A strict order: true when `a` comes before `b`. */
export type IsBetter = (a: number, b: number) => boolean;

/** Returns at most `limit` candidates, best first. */
export function topK(candidates: Int32Array, limit: number, isBetter: IsBetter): Int32Array {
  const heap = new Int32Array(Math.min(candidates.length, Math.max(0, limit)));
  if (heap.length === 0) return heap;
  heap.set(candidates.subarray(0, heap.length));
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) sink(heap, i, heap.length, isBetter);
  for (let i = heap.length; i < candidates.length; i++) {
    if (!isBetter(candidates[i]!, heap[0]!)) continue;
    heap[0] = candidates[i]!;
    sink(heap, 0, heap.length, isBetter);
  }
  // Heap sort: moves the worst remaining candidate to the end.
  for (let end = heap.length - 1; end > 0; end--) {
    const worst = heap[0]!;
    heap[0] = heap[end]!;
    heap[end] = worst;
    sink(heap, 0, end, isBetter);
  }
  return heap;
}

function sink(heap: Int32Array, from: number, end: number, isBetter: IsBetter): void {
  const sinking = heap[from]!;
  let at = from;
  for (let child = 2 * at + 1; child < end; child = 2 * at + 1) {
    if (child + 1 < end && isBetter(heap[child]!, heap[child + 1]!)) child++;
    if (!isBetter(sinking, heap[child]!)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = sinking;
}
