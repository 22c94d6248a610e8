// Maps a text's ref to its slot. A UUID takes 16 bytes here, and about 100 as a string key of a
// Map.

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const WORDS_PER_REF = 4;
/**
 * Three words of this value mark a ref that is kept as a string; the fourth is its index in
 * `strings`.
 */
const STRING_MARK = 0xffffffff;
const MIN_SLOTS = 8;

/** Shared buffer in which one ref at a time is converted to text. */
const uuidBytes = Buffer.alloc(16);

export class RefTable {
  /** Four words for each slot. */
  private refs = new Uint32Array(MIN_SLOTS * WORDS_PER_REF);
  /** Slot + 1, in the first free bucket from the hash on (open addressing, at most half full). */
  private buckets = new Int32Array(MIN_SLOTS * 2);
  private strings: string[] = [];
  private count = 0;
  private readonly key = new Uint32Array(WORDS_PER_REF);

  get bytes(): number {
    return (
      this.refs.byteLength +
      this.buckets.byteLength +
      this.strings.reduce((sum, ref) => sum + 24 + ref.length, 0)
    );
  }

  /** Returns the slot that the ref was last added for, or -1. */
  find(ref: string): number {
    this.setKey(ref);
    return this.buckets[this.findBucket(ref)]! - 1;
  }

  /** Assigns the ref to the next slot. A ref added twice is found in its newest slot only. */
  add(ref: string): void {
    const slot = this.count++;
    this.grow();
    if (!this.setKey(ref))
      this.key.set([STRING_MARK, STRING_MARK, STRING_MARK, this.strings.push(ref) - 1]);
    const place = this.findBucket(ref);
    this.refs.set(this.key, slot * WORDS_PER_REF);
    this.buckets[place] = slot + 1;
  }

  getRef(slot: number): string {
    const at = slot * WORDS_PER_REF;
    if (this.isString(at)) return this.strings[this.refs[at + 3]!]!;
    for (let word = 0; word < WORDS_PER_REF; word++)
      uuidBytes.writeUInt32BE(this.refs[at + word]!, word * 4);
    const hex = uuidBytes.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  private isString(at: number): boolean {
    return (
      this.refs[at] === STRING_MARK &&
      this.refs[at + 1] === STRING_MARK &&
      this.refs[at + 2] === STRING_MARK
    );
  }

  /**
   * Writes the ref's words into `key`. Returns false when it is not a UUID, and must be kept as a
   * string.
   */
  private setKey(ref: string): boolean {
    const { key } = this;
    if (ref.length === 36 && UUID.test(ref)) {
      key[0] = parseInt(ref.slice(0, 8), 16);
      key[1] = parseInt(ref.slice(9, 13) + ref.slice(14, 18), 16);
      key[2] = parseInt(ref.slice(19, 23) + ref.slice(24, 28), 16);
      key[3] = parseInt(ref.slice(28), 16);
      if (key[0] !== STRING_MARK || key[1] !== STRING_MARK || key[2] !== STRING_MARK) return true;
    }
    key.fill(STRING_MARK);
    return false;
  }

  private findBucket(ref: string): number {
    const { buckets } = this;
    const mask = buckets.length - 1;
    for (let place = hashKey(ref, this.key) & mask; ; place = (place + 1) & mask) {
      const slot = buckets[place]! - 1;
      if (slot < 0 || this.slotHasKey(slot, ref)) return place;
    }
  }

  private slotHasKey(slot: number, ref: string): boolean {
    const at = slot * WORDS_PER_REF;
    const { refs, key } = this;
    if (this.isString(at)) return this.strings[refs[at + 3]!] === ref;
    return (
      refs[at] === key[0] &&
      refs[at + 1] === key[1] &&
      refs[at + 2] === key[2] &&
      refs[at + 3] === key[3]
    );
  }

  private grow(): void {
    if (this.count * WORDS_PER_REF > this.refs.length) {
      const larger = new Uint32Array(Math.ceil((this.count * 3) / 2) * WORDS_PER_REF);
      larger.set(this.refs);
      this.refs = larger;
    }
    if (this.count * 2 > this.buckets.length) this.rehash(this.buckets.length * 2);
  }

  private rehash(size: number): void {
    const old = this.buckets;
    this.buckets = new Int32Array(size);
    for (const found of old) {
      if (found === 0) continue;
      const ref = this.getRef(found - 1);
      this.setKey(ref);
      this.buckets[this.findBucket(ref)] = found;
    }
  }
}

/** Returns the hash of a ref: the bucket in which its lookup begins. */
function hashKey(ref: string, words: Uint32Array): number {
  let hash = 0x811c9dc5;
  if (words[0] === STRING_MARK && words[1] === STRING_MARK) {
    for (let i = 0; i < ref.length; i++) hash = Math.imul(hash ^ ref.charCodeAt(i), 0x01000193);
  } else {
    for (let i = 0; i < WORDS_PER_REF; i++)
      hash = Math.imul(hash ^ (hash >>> 15) ^ words[i]!, 0x9e3779b1);
  }
  return (hash ^ (hash >>> 15)) >>> 0;
}
