// Finds texts that PostgreSQL cannot store as text or jsonb, and numbers that jsonb or a double
// would change. JSON text can hold them.
import { type FieldError, MAX_FAULTS } from '../errors/index.js';
import { ExactNumber } from './exact-json.js';
import { pointerToken } from './json-value.js';
import { words } from './words.js';

/** The answer shows this many characters of a wrong number. */
const SHOWN_LENGTH = 40;

/**
 * Returns a text with U+FFFD in place of what cannot be stored: U+0000, and halves of characters.
 * Splitting takes a third of the time of `replaceAll` when there are many.
 */
export const storableText = (text: string): string =>
  text.toWellFormed().split('\0').join('\uFFFD');

/** Returns a fault for each text, name of a field or number, at most 20. */
export function storableFaults(value: unknown, pointer: string): FieldError[] {
  const faults: FieldError[] = [];
  collect(value, pointer, faults);
  return faults;
}

function collect(value: unknown, pointer: string, faults: FieldError[]): void {
  if (faults.length >= MAX_FAULTS) return;
  if (typeof value === 'string') {
    const message = faultOf(value);
    if (message !== null) faults.push({ pointer, message });
  } else if (value instanceof ExactNumber) {
    faults.push({ pointer, message: words.inexactNumber(String(value).slice(0, SHOWN_LENGTH)) });
  } else if (Array.isArray(value)) {
    value.forEach((item, i) => collect(item, `${pointer}/${i}`, faults));
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, field] of Object.entries(value)) {
      const message = faultOf(name);
      if (message !== null) faults.push({ pointer, message });
      else collect(field, `${pointer}/${pointerToken(name)}`, faults);
    }
  }
}

function faultOf(text: string): string | null {
  if (text.includes('\u0000')) return words.noNul;
  return text.isWellFormed() ? null : words.noLoneSurrogate;
}
