// How far a viewer has a reply. Any process can go on from a position, because it names a place in
// what is stored: the part, and the bytes of its text.
import { createHash } from 'node:crypto';

/** The parts of a message, as they are read. */
export type Parts = readonly Readonly<Record<string, unknown>>[];

export interface ReplyPosition {
  /** `seq` of the reply. */
  seq: number;
  /** Index of the part. */
  part: number;
  /** Bytes of its text in UTF-8. */
  bytes: number;
}

/** What a viewer lacks: text at the end of a part, or a whole part of another kind. */
export type ReplyChange =
  | { kind: 'text' | 'reasoning'; part: number; text: string; at: ReplyPosition }
  | { kind: 'part'; part: number; value: Readonly<Record<string, unknown>>; at: ReplyPosition };

const FORM = /^(\d{1,10})\.(\d{1,6})\.(\d{1,9})$/;

export const writePosition = ({ seq, part, bytes }: ReplyPosition): string =>
  `${seq}.${part}.${bytes}`;

/** Reads what `writePosition` wrote; null for anything else. */
export function readPosition(text: unknown): ReplyPosition | null {
  const match = typeof text === 'string' ? FORM.exec(text) : null;
  return match && { seq: Number(match[1]), part: Number(match[2]), bytes: Number(match[3]) };
}

/** Reads a message's content as parts. */
export function partsOf(content: unknown): Parts {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return content as Parts;
}

/** Tells whether there is as much as the position says. */
export function reaches(parts: Parts, { part, bytes }: ReplyPosition): boolean {
  if (part >= parts.length) return part === parts.length && bytes === 0;
  const text = growingText(parts[part]);
  return text === null || part < parts.length - 1 || Buffer.byteLength(text) >= bytes;
}

/** A viewer's place in one reply. It walks forward, each character once. */
export class ReplyCursor {
  private part = 0;
  private characters = 0;
  private bytes = 0;

  /** @param start where to begin, once `place` is called; without it, at the beginning */
  constructor(
    private readonly seq: number,
    private start?: ReplyPosition,
  ) {}

  get position(): ReplyPosition {
    if (this.start) return this.start;
    return { seq: this.seq, part: this.part, bytes: this.bytes };
  }

  /**
   * Goes to a position without telling what is before it. One inside of a character, or behind the
   * end, goes to the end of what there is before it.
   */
  skipTo(parts: Parts, { part, bytes }: ReplyPosition): void {
    this.part = Math.min(part, parts.length);
    this.bytes = 0;
    this.characters = 0;
    const text = growingText(parts[this.part]);
    if (text === null) return;
    const before = new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true });
    this.characters = before.length;
    this.bytes = Buffer.byteLength(before);
  }

  /** Goes to the start, once. */
  place(parts: Parts): void {
    const { start } = this;
    this.start = undefined;
    if (start) this.skipTo(parts, start);
  }

  /** Digest of what is before the position. It tells whether that was replaced. */
  digest(parts: Parts): string {
    const text = growingText(parts[this.part])?.slice(0, this.characters) ?? '';
    const before = JSON.stringify([parts.slice(0, this.part), text]);
    return createHash('sha256').update(before).digest('base64url');
  }

  /** Goes to the end. */
  skip(parts: Parts): void {
    for (const change of this.take(parts)) void change;
  }

  /** Takes what is behind the position. */
  *take(parts: Parts): Generator<ReplyChange> {
    for (;;) {
      const value = parts[this.part];
      if (!value) return;
      const text = growingText(value);
      if (text === null) {
        const part = this.part;
        this.next();
        yield { kind: 'part', part, value, at: this.position };
        continue;
      }
      const added = text.slice(this.characters);
      if (added !== '') {
        this.characters = text.length;
        this.bytes += Buffer.byteLength(added);
        const kind = value['type'] as 'text' | 'reasoning';
        yield { kind, part: this.part, text: added, at: this.position };
      }
      // A part that is followed by another grows no more.
      if (this.part >= parts.length - 1) return;
      this.next();
    }
  }

  private next(): void {
    this.part++;
    this.characters = 0;
    this.bytes = 0;
  }
}

const growingText = (value: Parts[number] | undefined): string | null => {
  const { type, text } = value ?? {};
  return (type === 'text' || type === 'reasoning') && typeof text === 'string' ? text : null;
};
