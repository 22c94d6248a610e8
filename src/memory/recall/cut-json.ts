// JSON of which only the beginning was read, made whole again: of a message of four megabytes no more is searched.

interface Reading {
  /** What closes the objects and lists that are open, the innermost last. */
  open: string[];
  inText: boolean;
  /** The text that is being read, or was read last, names a member. */
  isName: boolean;
  /** Up to where all is whole, once what is open is closed. */
  end: number;
}

const CLOSES: Record<string, string> = { '{': '}', '[': ']' };

/** @param json the beginning of the JSON text of a list or an object @returns what it says up to there, as JSON of its own */
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
  // A text is kept up to where it was cut, unless it names what is not there.
  return reading.inText && !reading.isName
    ? `${dropLoneSurrogate(json.slice(0, at))}"${closing}`
    : json.slice(0, reading.end) + closing;
}

/** An escape is read as one. */
function lengthAt(json: string, at: number, inText: boolean): number {
  if (!inText || json[at] !== '\\') return 1;
  return json[at + 1] === 'u' ? 6 : 2;
}

/** Opening, closing and commas are where what came before is whole: so what is open at the last of them is what is open at the end. */
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

/** Without a high surrogate whose other half is missing. */
const dropLoneSurrogate = (text: string): string => text.replace(/[\uD800-\uDBFF]$/, '');
