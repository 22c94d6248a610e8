// Counts the fields of a JSON text that an engine takes long to build: it is fast with objects that have the same fields in the same order.
import { randomInt } from 'node:crypto';

/** A field of an unusual object costs up to twenty times as much as another. */
export const MAX_UNUSUAL_FIELDS = 30_000;
/** Beginnings of objects, of which the first that come are the usual ones. */
const USUAL_SHAPES = 1_000;

const BITS = 2 ** 17;
/** Nobody outside can make beginnings that are taken for each other. */
const SEED = randomInt(2 ** 31);

export class JsonShapes {
  /** Fields of objects whose fields up to this one are not among the usual beginnings. */
  unusual = 0;
  private usual = 0;
  private readonly seen = new Uint32Array(BITS / 32);
  /** By depth, a hash of the fields of the object that is open there. */
  private readonly shapes: Int32Array;

  constructor(depth: number) {
    this.shapes = new Int32Array(depth + 1);
  }

  open(depth: number): void {
    this.shapes[depth] = SEED;
  }

  /** A field of the object that is open at this depth, whose name stands between two places of the text. */
  add(text: string, from: number, to: number, depth: number): void {
    let hash = this.shapes[depth]! ^ SEED;
    for (let i = from; i < to; i++)
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x9e3779b1) ^ (hash >>> 15);
    // Parts a name from the next one.
    hash = Math.imul(hash ^ (hash >>> 13), 0x85ebca6b);
    this.shapes[depth] = hash;
    const bit = (hash >>> 7) & (BITS - 1);
    if ((this.seen[bit >>> 5]! >>> (bit & 31)) & 1) return;
    if (this.usual === USUAL_SHAPES) this.unusual++;
    else {
      this.usual++;
      this.seen[bit >>> 5]! |= 1 << (bit & 31);
    }
  }
}
