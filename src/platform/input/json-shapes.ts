// Counts the fields of objects with unusual shapes. V8 parses objects of the same fields in the
// same order much faster.
import { randomInt } from 'node:crypto';

/** A field of an unusual object takes up to twenty times as long to parse as another. */
export const MAX_UNUSUAL_FIELDS = 30_000;
/**
 * This many shapes, the first ones, count as usual. A shape is a sequence of field names from an
 * object's beginning.
 */
const USUAL_SHAPES = 1_000;

const BITS = 2 ** 17;
/** A random seed, so that a client cannot construct colliding hashes. */
const SEED = randomInt(2 ** 31);

export class JsonShapes {
  /** Fields whose object has an unusual shape up to this field. */
  unusual = 0;
  private usual = 0;
  private readonly seen = new Uint32Array(BITS / 32);
  /** A hash of the open object's fields so far, by depth. */
  private readonly shapes: Int32Array;

  constructor(depth: number) {
    this.shapes = new Int32Array(depth + 1);
  }

  open(depth: number): void {
    this.shapes[depth] = SEED;
  }

  /**
   * Adds a field to the object that is open at this depth.
   * @param from
   * @param to where its name stands in the text
   */
  add(text: string, from: number, to: number, depth: number): void {
    let hash = this.shapes[depth]! ^ SEED;
    for (let i = from; i < to; i++)
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x9e3779b1) ^ (hash >>> 15);
    // Separates this name from the next.
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
