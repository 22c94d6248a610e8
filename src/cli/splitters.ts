// Cuts a file into conversations while it is read, so that an export of any size fits in memory.
import { FormatError } from '../conversations/import/formats/index.js';

/** Takes the bytes of a file in order and returns the conversations that are complete. */
export interface Splitter {
  push(bytes: Buffer): Buffer[];
  /**
   * Returns the rest at the end of the file.
   * @throws FormatError when the file ends inside a value
   */
  end(): Buffer;
}

/** The longest conversation of an import file. It bounds the memory that an import needs. */
export const MAX_PIECE_BYTES = 64 * 1024 * 1024;

/** Collects the chunks of one conversation and joins them once. */
class Piece {
  private chunks: Buffer[] = [];
  private size = 0;

  constructor(private readonly limit: number) {}

  add(bytes: Buffer): void {
    this.size += bytes.length;
    if (this.size > this.limit)
      throw new FormatError(`a conversation is longer than ${this.limit} bytes`);
    if (bytes.length > 0) this.chunks.push(bytes);
  }

  take(): Buffer {
    const whole = Buffer.concat(this.chunks);
    this.chunks = [];
    this.size = 0;
    return whole;
  }
}

const LINE_FEED = 0x0a;

/** Splits at line feeds only. JSON text may contain U+2028, at which readline would split too. */
export class LineSplitter implements Splitter {
  private readonly piece: Piece;

  constructor(limit = MAX_PIECE_BYTES) {
    this.piece = new Piece(limit);
  }

  push(bytes: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      this.piece.add(bytes.subarray(start, end));
      lines.push(this.piece.take());
      start = end + 1;
    }
    this.piece.add(bytes.subarray(start));
    return lines;
  }

  end(): Buffer {
    return this.piece.take();
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const isOpening = (byte: number) => byte === 0x7b || byte === 0x5b;
const isClosing = (byte: number) => byte === 0x7d || byte === 0x5d;

/**
 * Splits the elements of a JSON array, or objects that follow each other. It only counts brackets,
 * so it may return invalid JSON: whoever parses it reports that.
 */
export class ValueSplitter implements Splitter {
  private readonly piece: Piece;
  private depth = 0;
  private quoted = false;
  private escaped = false;

  /** @param base depth of the values: 1 inside an array, 0 without one */
  constructor(
    private readonly base: 0 | 1,
    limit = MAX_PIECE_BYTES,
  ) {
    this.piece = new Piece(limit);
  }

  /** True inside a value, unless what was read ends inside a text. */
  get isOpen(): boolean {
    return this.depth > 0 && !this.quoted;
  }

  push(bytes: Buffer): Buffer[] {
    const values: Buffer[] = [];
    let start = 0;
    for (let i = 0; i < bytes.length; i++) {
      const cut = this.cutAt(bytes[i]!);
      if (cut === null) continue;
      this.piece.add(bytes.subarray(start, cut === 'after' ? i + 1 : i));
      // The bracket that opens the array ends no value.
      if (cut !== 'open') values.push(this.piece.take());
      start = i + 1;
    }
    this.piece.add(bytes.subarray(start));
    return values;
  }

  end(): Buffer {
    if (this.depth !== 0) throw new FormatError('the file ends in the middle of its JSON');
    return this.piece.take();
  }

  private cutAt(byte: number): 'open' | 'before' | 'after' | null {
    if (this.quoted) return this.insideText(byte);
    if (byte === QUOTE) this.quoted = true;
    else if (byte === COMMA) return this.base === 1 && this.depth === 1 ? 'before' : null;
    else if (isOpening(byte)) return ++this.depth === 1 && this.base === 1 ? 'open' : null;
    else if (isClosing(byte) && --this.depth === 0) return this.base === 1 ? 'before' : 'after';
    return null;
  }

  private insideText(byte: number): null {
    if (this.escaped) this.escaped = false;
    else if (byte === BACKSLASH) this.escaped = true;
    else if (byte === QUOTE) this.quoted = false;
    return null;
  }
}
