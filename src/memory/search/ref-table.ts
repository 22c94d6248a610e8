// Finds a text's slot by its ref. A UUID takes 16 bytes here instead of some 100 as a string in a Map.

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const WORDS = 4;
/** Three of these mark a ref that is kept as a string. */
const KEPT = 0xffffffff;
const FEWEST = 8;

/** Where refs are put together, one at a time. */
const written = Buffer.alloc(16);

export class RefTable {
  /** Four words for each slot. */
  private refs = new Uint32Array(FEWEST * WORDS);
  /** Slot + 1 in the first free place from the hash on: open addressing, at most half full. */
  private places = new Int32Array(FEWEST * 2);
  private strings: string[] = [];
  private count = 0;
  private readonly sought = new Uint32Array(WORDS);

  get bytes(): number {
    return (
      this.refs.byteLength +
      this.places.byteLength +
      this.strings.reduce((sum, ref) => sum + 24 + ref.length, 0)
    );
  }

  /** The slot it was last added for, or -1. */
  find(ref: string): number {
    this.seek(ref);
    return this.places[this.placeOf(ref)]! - 1;
  }

  /** For the next slot. A ref that is there already is from now on found in the new slot only. */
  add(ref: string): void {
    const slot = this.count++;
    this.makeRoom();
    if (!this.seek(ref)) this.sought.set([KEPT, KEPT, KEPT, this.strings.push(ref) - 1]);
    const place = this.placeOf(ref);
    this.refs.set(this.sought, slot * WORDS);
    this.places[place] = slot + 1;
  }

  refOf(slot: number): string {
    const at = slot * WORDS;
    if (this.isKept(at)) return this.strings[this.refs[at + 3]!]!;
    for (let word = 0; word < WORDS; word++) written.writeUInt32BE(this.refs[at + word]!, word * 4);
    const hex = written.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  private isKept(at: number): boolean {
    return this.refs[at] === KEPT && this.refs[at + 1] === KEPT && this.refs[at + 2] === KEPT;
  }

  /** @returns whether it is a UUID, whose words are then in `sought`. */
  private seek(ref: string): boolean {
    const { sought } = this;
    if (ref.length === 36 && UUID.test(ref)) {
      sought[0] = parseInt(ref.slice(0, 8), 16);
      sought[1] = parseInt(ref.slice(9, 13) + ref.slice(14, 18), 16);
      sought[2] = parseInt(ref.slice(19, 23) + ref.slice(24, 28), 16);
      sought[3] = parseInt(ref.slice(28), 16);
      if (sought[0] !== KEPT || sought[1] !== KEPT || sought[2] !== KEPT) return true;
    }
    sought.fill(KEPT);
    return false;
  }

  private placeOf(ref: string): number {
    const { places } = this;
    const mask = places.length - 1;
    for (let place = startOf(ref, this.sought) & mask; ; place = (place + 1) & mask) {
      const slot = places[place]! - 1;
      if (slot < 0 || this.holds(slot, ref)) return place;
    }
  }

  private holds(slot: number, ref: string): boolean {
    const at = slot * WORDS;
    const { refs, sought } = this;
    if (this.isKept(at)) return this.strings[refs[at + 3]!] === ref;
    return (
      refs[at] === sought[0] &&
      refs[at + 1] === sought[1] &&
      refs[at + 2] === sought[2] &&
      refs[at + 3] === sought[3]
    );
  }

  private makeRoom(): void {
    if (this.count * WORDS > this.refs.length) {
      const larger = new Uint32Array(Math.ceil((this.count * 3) / 2) * WORDS);
      larger.set(this.refs);
      this.refs = larger;
    }
    if (this.count * 2 > this.places.length) this.rehash(this.places.length * 2);
  }

  private rehash(size: number): void {
    const old = this.places;
    this.places = new Int32Array(size);
    for (const found of old) {
      if (found === 0) continue;
      const ref = this.refOf(found - 1);
      this.seek(ref);
      this.places[this.placeOf(ref)] = found;
    }
  }
}

/** Where the search for a ref begins. */
function startOf(ref: string, words: Uint32Array): number {
  let hash = 0x811c9dc5;
  if (words[0] === KEPT && words[1] === KEPT) {
    for (let i = 0; i < ref.length; i++) hash = Math.imul(hash ^ ref.charCodeAt(i), 0x01000193);
  } else {
    for (let i = 0; i < WORDS; i++) hash = Math.imul(hash ^ (hash >>> 15) ^ words[i]!, 0x9e3779b1);
  }
  return (hash ^ (hash >>> 15)) >>> 0;
}
