// Random choices that a seed repeats exactly.

export class Seeded {
  constructor(private state: number) {}

  /** From 0 up to, not including, 1 (mulberry32). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** From 0 to `below - 1`. */
  integer(below: number): number {
    return Math.floor(this.next() * below);
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('nothing to pick from');
    return items[this.integer(items.length)]!;
  }

  /** True in `share` of all cases, from 0 to 1. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  hex(digits: number): string {
    return Array.from({ length: digits }, () => this.integer(16).toString(16)).join('');
  }

  /** A UUID that no row has. */
  uuid(): string {
    return `${this.hex(8)}-${this.hex(4)}-7${this.hex(3)}-a${this.hex(3)}-${this.hex(12)}`;
  }
}

/** A whole number from the environment, for longer runs and for repeating one. */
export function numberFromEnvironment(name: string, fallback: number): number {
  const value = Number(process.env[name] ?? fallback);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name} must be a whole number`);
  return value;
}
