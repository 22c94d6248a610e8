// Reads the values of a file one by one: lines of JSON, elements of an array, or values that follow
// each other. Which of these it is shows in the first bytes, whatever the name of the file.
import { FormatError } from '../conversations/import/formats/index.js';
import { LineSplitter, MAX_PIECE_BYTES, type Splitter, ValueSplitter } from './splitters.js';

export interface SourceRecord {
  /** Position from 1, blank lines included. */
  number: number;
  /** `line 7` or `item 7`, for error messages. */
  where: string;
  bytes: Buffer;
}

interface Source {
  splitter: Splitter;
  unit: 'line' | 'item';
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const OPENING_BRACKET = 0x5b;
const LINE_FEED = 0x0a;
const blanks = new Set([0x20, 0x09, LINE_FEED, 0x0d]);

/**
 * Reads the records in order.
 * @param chunks the bytes of the file
 * @throws FormatError when the file is not JSON or ends inside its JSON
 */
export async function* readRecords(chunks: AsyncIterable<Buffer>): AsyncGenerator<SourceRecord> {
  let source: Source | undefined;
  let held: Buffer[] = [];
  let heldBytes = 0;
  let number = 0;
  for await (const chunk of chunks) {
    if (source) {
      for (const piece of source.splitter.push(chunk))
        yield* recordOf(piece, ++number, source.unit);
      continue;
    }
    if (heldBytes === 0 && firstOf(chunk) === undefined) continue;
    held.push(chunk);
    heldBytes += chunk.length;
    if (!chunk.includes(LINE_FEED) && heldBytes <= MAX_PIECE_BYTES && !showsList(held)) continue;
    const start = withoutMark(Buffer.concat(held));
    source = detectSource(start, heldBytes > MAX_PIECE_BYTES);
    if (!source) continue;
    held = [];
    for (const piece of source.splitter.push(start)) yield* recordOf(piece, ++number, source.unit);
  }
  if (!source) {
    const whole = withoutMark(Buffer.concat(held));
    if (firstOf(whole) === undefined) return;
    source = detectSource(whole, true)!;
    for (const piece of source.splitter.push(whole)) yield* recordOf(piece, ++number, source.unit);
  }
  yield* recordOf(source.splitter.end(), ++number, source.unit);
}

function* recordOf(bytes: Buffer, number: number, unit: string): Generator<SourceRecord> {
  if (firstOf(bytes) !== undefined) yield { number, where: `${unit} ${number}`, bytes };
}

const withoutMark = (bytes: Buffer): Buffer =>
  bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes;

const showsList = ([first]: Buffer[]): boolean => {
  const byte = firstOf(withoutMark(first!));
  return byte !== undefined && byte !== 0x7b;
};

/**
 * An object that ends in its first line is one of many lines.
 * @param isWhole whether no more bytes can tell
 */
function detectSource(start: Buffer, isWhole: boolean): Source | undefined {
  const values = (base: 0 | 1): Source => ({ splitter: new ValueSplitter(base), unit: 'item' });
  const at = start.findIndex((byte) => !blanks.has(byte));
  if (at === -1) return undefined;
  if (start[at] === OPENING_BRACKET) return values(1);
  const end = start.indexOf(LINE_FEED, at);
  if (end === -1) return isWhole ? values(0) : undefined;
  return endsInside(start.subarray(at, end))
    ? values(0)
    : { splitter: new LineSplitter(), unit: 'line' };
}

/** JSON has no line feed within a text, so a line that ends within one is a damaged line. */
function endsInside(line: Buffer): boolean {
  const splitter = new ValueSplitter(0);
  splitter.push(line);
  return splitter.isOpen;
}

const firstOf = (bytes: Buffer): number | undefined => bytes.find((byte) => !blanks.has(byte));

/** What files that are no JSON begin with, in Latin-1. */
const OTHER_FILES: readonly (readonly [start: string, meaning: string])[] = [
  ['PK\u0003\u0004', 'a ZIP file'],
  ['\u001f\u008b', 'a gzip file: unpack it first'],
  ['7z\u00bc\u00af', 'a 7z archive: unpack it first'],
  ['Rar!', 'a RAR archive: unpack it first'],
  ['%PDF', 'a PDF: export the conversations as JSON'],
  ['SQLite format 3', 'a database of SQLite: export the chats as JSON in the application it is of'],
  ['\u00ff\u00fe', 'a text in UTF-16: save it as UTF-8'],
  ['\u00fe\u00ff', 'a text in UTF-16: save it as UTF-8'],
  ['PAR1', 'a Parquet file: convert it to JSON lines'],
  ['<', 'an HTML or XML page: choose JSON where the export asks for the format'],
];

/**
 * Returns what a file looks like that is certainly not JSON, or null.
 * @param start its first bytes
 */
export function describeOther(start: Buffer): string | null {
  const text = withoutMark(start.subarray(0, 512)).toString('latin1');
  for (const [sign, meaning] of OTHER_FILES) if (text.trimStart().startsWith(sign)) return meaning;
  const first = firstOf(withoutMark(start));
  if (first === undefined || first === 0x7b || first === OPENING_BRACKET) return null;
  return text.includes('\u0000') ? 'a binary file' : 'text that is not JSON';
}

/** The file is none to import. In a ZIP or folder it is skipped. */
export class OtherFileError extends FormatError {}

/** @throws OtherFileError when the first bytes are not those of JSON */
export async function* refuseOthers(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of chunks) {
    const other = isFirst ? describeOther(chunk) : null;
    if (other !== null)
      throw new OtherFileError(`it looks like ${other}; JSON or JSON lines can be imported`);
    isFirst = false;
    yield chunk;
  }
}
