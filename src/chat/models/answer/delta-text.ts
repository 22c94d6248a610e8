// Makes the texts of deltas well-formed, so that each can be stored and encoded alone.

import { storableText } from '../../../platform/input/index.js';

const endsInHighSurrogate = (text: string): boolean => {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
};

/** The texts of one answer, by their parts. Parts may overlap. */
export class DeltaTexts {
  /** The first half of a character, by the part whose next delta has the other half. */
  private readonly held = new Map<string, string>();

  /** Returns what of a delta can be given: all but the first half of a character at its end. */
  take(part: string, delta: string): string {
    const text = (this.held.get(part) ?? '') + delta;
    if (!endsInHighSurrogate(text)) {
      this.held.delete(part);
      return storableText(text);
    }
    this.held.set(part, text.slice(-1));
    return storableText(text.slice(0, -1));
  }

  /** Returns what is left of a part at its end: U+FFFD for half a character. */
  end(part: string): string {
    const text = this.held.get(part) ?? '';
    this.held.delete(part);
    return storableText(text);
  }
}
