// Counts the pages of a PDF by the objects in its bytes. Nothing is rendered, and references are not
// followed.
import { inflateSync } from 'node:zlib';

/** Base64 that is read of a PDF. A message has less. */
const MAX_BASE64_LENGTH = 6_291_456;
/** Bytes to which all object streams of a PDF may grow. */
const MAX_INFLATED_BYTES = 4_194_304;
const MAX_OBJECT_STREAMS = 1_000;
/** Places that are looked at. They take about 50 ms. */
const MAX_TOKENS = 150_000;
/** Dictionaries inside dictionaries that are told apart. */
const MAX_DEPTH = 64;

/**
 * What tells pages, and where dictionaries and objects begin and end. Each repetition is bounded, so
 * that the search is linear.
 */
const TOKEN = new RegExp(
  [
    '(?<stream>>>\\s{0,8}stream\\r?\\n)',
    '(?<open><<)',
    '(?<close>>>)',
    '\\b(?<object>\\d{1,9})\\s{1,4}\\d{1,5}\\s{1,4}obj\\b',
    '(?<end>endobj)',
    '/Type\\s{0,8}/(?<type>Pages?|ObjStm)(?![A-Za-z])',
    '/Count\\s{0,8}(?<count>\\d{1,7})(?!\\d|\\s{1,8}\\d{1,7}\\s{1,8}R)',
  ].join('|'),
);

interface Dictionary {
  type: string | null;
  count: number;
}

export interface PdfPages {
  /** The pages of the largest page tree, or of all pages when they are more. */
  pages: number;
  /** True when all objects could be read. Those of an encrypted PDF cannot. */
  isWhole: boolean;
}

export function pdfPages(base64: string): PdfPages {
  const bytes = Buffer.from(base64.slice(0, MAX_BASE64_LENGTH), 'base64');
  const counter = new PageCounter();
  counter.read(bytes, true);
  const isWhole = counter.isWhole && base64.length <= MAX_BASE64_LENGTH;
  return { pages: counter.pages, isWhole };
}

class PageCounter {
  isWhole = true;
  /** How much of the bytes was read before there were too many tokens. */
  private readShare = 1;
  private tokensLeft = MAX_TOKENS;
  private inTrees = 0;
  private unnumbered = 0;
  /** Numbers of the objects that are pages: one that was changed is in the file twice. */
  private readonly numbered = new Set<number>();
  private streamsLeft = MAX_OBJECT_STREAMS;
  private bytesLeft = MAX_INFLATED_BYTES;

  get pages(): number {
    const found = Math.max(this.inTrees, this.numbered.size + this.unnumbered);
    return Math.ceil(found / this.readShare);
  }

  /** @param hasStreams false for the objects in an object stream, which have none themselves */
  read(bytes: Buffer, hasStreams: boolean): void {
    const text = bytes.toString('latin1');
    const tokens = new RegExp(TOKEN, 'g');
    const open = new OpenDictionaries((closed) => this.count(closed, number));
    let number: number | null = null;
    let hasEnds = hasStreams;
    for (let found = tokens.exec(text); found; found = tokens.exec(text)) {
      if (this.tokensLeft-- <= 0) {
        this.isWhole = false;
        if (hasStreams) this.readShare = (found.index + 1) / text.length;
        break;
      }
      const { stream, open: opened, object, end, type, count } = found.groups!;
      if (opened !== undefined) open.push();
      else if (type !== undefined) open.tell({ type });
      else if (count !== undefined) open.tell({ count: Number(count) });
      else if (object !== undefined) number = Number(object);
      else if (end !== undefined) open.closeAll();
      else if (stream === undefined || !hasStreams) open.close();
      else {
        const from = tokens.lastIndex;
        const to = hasEnds ? text.indexOf('endstream', from) : -1;
        hasEnds = to >= 0;
        if (open.last?.type === 'ObjStm')
          this.readObjects(bytes.subarray(from, Math.max(from, to)));
        open.closeAll();
        tokens.lastIndex = Math.max(from, to);
      }
    }
    open.closeAll();
  }

  private count({ type, count }: Dictionary, number: number | null): void {
    if (type === 'Pages') this.inTrees = Math.max(this.inTrees, count);
    if (type !== 'Page') return;
    if (number === null) this.unnumbered++;
    else this.numbered.add(number);
  }

  /** After one that cannot be read no other is, so that the work stays bounded. */
  private readObjects(packed: Buffer): void {
    if (this.streamsLeft-- <= 0) this.isWhole = false;
    if (!this.isWhole) return;
    try {
      const objects = inflateSync(packed, { maxOutputLength: this.bytesLeft });
      this.bytesLeft = Math.max(1, this.bytesLeft - objects.length);
      this.read(objects, false);
    } catch {
      this.isWhole = false;
    }
  }
}

/** The dictionaries around a place in the text, the innermost last. */
class OpenDictionaries {
  private readonly open: Dictionary[] = [];
  private depth = 0;

  constructor(private readonly onClosed: (dictionary: Dictionary) => void) {}

  get last(): Dictionary | undefined {
    return this.depth <= MAX_DEPTH ? this.open.at(-1) : undefined;
  }

  push(): void {
    if (++this.depth <= MAX_DEPTH) this.open.push({ type: null, count: 0 });
  }

  tell(field: Partial<Dictionary>): void {
    if (this.last) Object.assign(this.last, field);
  }

  close(): void {
    const { last } = this;
    if (last) this.onClosed(this.open.pop()!);
    this.depth = Math.max(0, this.depth - 1);
  }

  closeAll(): void {
    for (const dictionary of this.open) this.onClosed(dictionary);
    this.open.length = 0;
    this.depth = 0;
  }
}
