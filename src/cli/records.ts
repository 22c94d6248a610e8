// Reads the conversations of a file one by one: lines of a JSONL file, or elements of a JSON array.
import { createReadStream } from 'node:fs';
import { LineSplitter, type Splitter, ValueSplitter } from './splitters.js';

export interface SourceRecord {
  /** Position from 1, blank lines included. */
  number: number;
  /** `line 7` or `item 7`, for error messages. */
  where: string;
  bytes: Buffer;
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const OPENING_BRACKET = 0x5b;
const blanks = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * Reads the records in order.
 * @throws FormatError when the file ends inside its JSON, and the file system's error when it
 *   cannot be read
 */
export async function* readRecords(path: string): AsyncGenerator<SourceRecord> {
  let source: { splitter: Splitter; unit: string } | undefined;
  let number = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const bytes =
      source || !chunk.subarray(0, 3).equals(BYTE_ORDER_MARK) ? chunk : chunk.subarray(3);
    source ??= detectSource(path, bytes);
    for (const piece of source.splitter.push(bytes)) yield* recordOf(piece, ++number, source.unit);
  }
  if (source) yield* recordOf(source.splitter.end(), ++number, source.unit);
}

function* recordOf(bytes: Buffer, number: number, unit: string): Generator<SourceRecord> {
  if (firstOf(bytes) !== undefined) yield { number, where: `${unit} ${number}`, bytes };
}

function detectSource(path: string, start: Buffer): { splitter: Splitter; unit: string } {
  if (firstOf(start) === OPENING_BRACKET) return { splitter: new ValueSplitter(1), unit: 'item' };
  return path.endsWith('.json')
    ? { splitter: new ValueSplitter(0), unit: 'item' }
    : { splitter: new LineSplitter(), unit: 'line' };
}

const firstOf = (bytes: Buffer): number | undefined => bytes.find((byte) => !blanks.has(byte));
