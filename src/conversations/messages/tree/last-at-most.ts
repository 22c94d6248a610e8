/** Returns the last place of a rising list whose value is at most `limit`; -1 when there is none. */
export function lastAtMost(rising: readonly number[], limit: number): number {
  let [low, high] = [-1, rising.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (rising[middle]! <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
