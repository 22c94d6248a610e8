// Completes JSON of which only the beginning was read. No more than the beginning of a long message
// is searched.

interface Reading {
  /** Closing brackets of the open objects and lists, the innermost last. */
  open: string[];
  inText: boolean;
  /** True when the current or last string is a member name. */
  isName: boolean;
  /** Up to here the JSON is complete, once the open brackets are closed. */
  end: number;
}

const CLOSES: Record<string, string> = { '{': '}', '[': ']' };

/**
 * Completes the beginning of a JSON list or object.
 * @param json the beginning of its text
 * @returns what it contains up to there, as valid JSON
 */
export function closeJson(json: string): string {
  const reading: Reading = { open: [], inText: false, isName: false, end: 0 };
  let at = 0;
  while (at < json.length) {
    const next = at + lengthAt(json, at, reading.inText);
    if (next > json.length) break;
    readCharacter(reading, json[at]!, at);
    at = next;
  }
  const closing = reading.open.toReversed().join('');
  // A string that was cut is kept, unless it is a member name without a value.
  return reading.inText && !reading.isName
    ? `${dropLoneSurrogate(json.slice(0, at))}"${closing}`
    : json.slice(0, reading.end) + closing;
}

/** Returns the length of the character or escape sequence at `at`. */
function lengthAt(json: string, at: number, inText: boolean): number {
  if (!inText || json[at] !== '\\') return 1;
  return json[at + 1] === 'u' ? 6 : 2;
}

/** Updates the state at one character. The JSON is complete after a bracket, and before a comma. */
function readCharacter(reading: Reading, character: string, at: number): void {
  const { open } = reading;
  if (character === '"') reading.inText = !reading.inText;
  else if (reading.inText) return;
  else if (character === '{' || character === '[') {
    open.push(CLOSES[character]!);
    reading.isName = character === '{';
    reading.end = at + 1;
  } else if (character === '}' || character === ']') {
    open.pop();
    reading.isName = false;
    reading.end = at + 1;
  } else if (character === ',') {
    reading.isName = open.at(-1) === '}';
    reading.end = at;
  } else if (character === ':') reading.isName = false;
}

/** Drops a high surrogate at the end whose low half was cut off. */
const dropLoneSurrogate = (text: string): string => text.replace(/[\uD800-\uDBFF]$/, '');
