// Finds which value of a JSON text stands at an offset. Only refusals need it, so the text is read
// a second time for them.
import { pointerToken } from './json-value.js';

/** Longer pointers end at the last step that fits. */
const MAX_POINTER_CHARACTERS = 500;

/** An open object or array, and where in it the reader is. */
interface Level {
  /** Null for an array. */
  name: string | null;
  index: number;
}

/**
 * Returns the JSON Pointer of the value at the offset, or that of its object for the name of a
 * field. Linear in the offset. The text need not be valid JSON.
 */
export function pointerAt(text: string, offset: number): string {
  const levels: Level[] = [];
  let lastText = '';
  for (let i = 0; i < offset; i++) {
    const level = levels.at(-1);
    const sign = text[i]!;
    if (sign === '"') {
      const end = endOfString(text, i);
      if (end >= offset) break;
      lastText = text.slice(i, end + 1);
      i = end;
    } else if (sign === '{' || sign === '[') {
      levels.push({ name: sign === '{' ? '' : null, index: 0 });
    } else if (sign === '}' || sign === ']') {
      levels.pop();
    } else if (sign === ':' && level && level.name !== null) {
      level.name = parsed(lastText);
    } else if (sign === ',' && level) {
      level.index++;
      if (level.name !== null) level.name = '';
    }
  }
  return toPointer(levels);
}

/** Returns the index of the closing quote, or the end of the text. */
export function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i;
  }
  return text.length;
}

function parsed(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return '';
  }
}

function toPointer(levels: Level[]): string {
  let pointer = '';
  for (const { name, index } of levels) {
    if (name === '') break;
    const next = `${pointer}/${name === null ? index : pointerToken(name)}`;
    if (next.length > MAX_POINTER_CHARACTERS) break;
    pointer = next;
  }
  return pointer;
}
