// The best few of many without sorting them all: a heap whose root is the worst of those kept so far.

/** @returns at most `limit` candidates, best first. `isBetter` is a strict order. */
export function topK(
  candidates: Int32Array,
  limit: number,
  isBetter: (a: number, b: number) => boolean,
): Int32Array {
  const heap = new Int32Array(Math.min(candidates.length, Math.max(0, limit)));
  if (heap.length === 0) return heap;
  heap.set(candidates.subarray(0, heap.length));
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) sink(heap, i, heap.length, isBetter);
  for (let i = heap.length; i < candidates.length; i++) {
    if (!isBetter(candidates[i]!, heap[0]!)) continue;
    heap[0] = candidates[i]!;
    sink(heap, 0, heap.length, isBetter);
  }
  // The worst goes to the end again and again.
  for (let end = heap.length - 1; end > 0; end--) {
    const worst = heap[0]!;
    heap[0] = heap[end]!;
    heap[end] = worst;
    sink(heap, 0, end, isBetter);
  }
  return heap;
}

function sink(
  heap: Int32Array,
  from: number,
  end: number,
  isBetter: (a: number, b: number) => boolean,
): void {
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
