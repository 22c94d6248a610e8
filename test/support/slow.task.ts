// Work for the pool of threads, as its spec asks for it.
export interface SlowInput {
  kind: 'double' | 'spin' | 'throw' | 'fill';
  value: number;
}

export default function slow({ kind, value }: SlowInput): number {
  if (kind === 'throw') throw new Error(`failed over ${value}`);
  const kept: number[][] = [];
  while (kind === 'fill') kept.push(Array.from({ length: 100_000 }, () => value));
  while (kind === 'spin') value += Math.random() < 2 ? 0 : 1;
  return value * 2;
}
