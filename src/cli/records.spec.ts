import { describe, expect, it } from '@jest/globals';
import { describeOther, readRecords, refuseOthers } from './records.js';

async function* chunksOf(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  await Promise.resolve();
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string, size: number): Promise<string[]> {
  const records: string[] = [];
  for await (const { where, bytes } of readRecords(chunksOf(text, size)))
    records.push(`${where}: ${bytes.toString().trim()}`);
  return records;
}

describe.each([1, 7, 10_000])('the records of a file read in chunks of %d bytes', (size) => {
  it.each([
    ['lines', '{"a":1}\n\n{"b":2}', ['line 1: {"a":1}', 'line 3: {"b":2}']],
    [
      'lines after a byte order mark',
      '\ufeff{"a":1}\n{"b":2}\n',
      ['line 1: {"a":1}', 'line 2: {"b":2}'],
    ],
    ['lines of which the first is cut off', '{"a\n{"b":2}\n', ['line 1: {"a', 'line 2: {"b":2}']],
    ['one object without a line feed', '{"a":1}', ['item 1: {"a":1}']],
    ['one object of many lines', ' {\n"a": 1\n}\n', ['item 1: {\n"a": 1\n}']],
    ['elements of an array', '[{"a":1},\n{"b":2}]\n', ['item 1: {"a":1}', 'item 2: {"b":2}']],
    ['nothing', ' \n \n', []],
  ])('are its %s', async (_, text, records) => {
    expect(await read(text, size)).toEqual(records);
  });
});

describe('a file that is not JSON', () => {
  it.each([
    ['\u001f\u008b\u0008', 'gzip'],
    ['SQLite format 3\u0000', 'database of SQLite'],
    ['%PDF-1.7', 'PDF'],
    ['\u00ff\u00fe[\u0000', 'UTF-16'],
    [' <!DOCTYPE html>', 'HTML'],
    ['id,title\n', 'text that is not JSON'],
    ['\u0001\u0000', 'binary'],
  ])('is described by its first bytes: %j', async (start, words) => {
    const bytes = Buffer.from(start, 'latin1');
    expect(describeOther(bytes)).toContain(words);
    const refused = async () => {
      for await (const chunk of refuseOthers(chunksOf(start, 100))) expect(chunk).toBeDefined();
    };
    if (!start.startsWith('\u001f') && !start.startsWith('\u00ff'))
      await expect(refused()).rejects.toThrow(`it looks like ${describeOther(bytes)!}`);
  });

  it.each(['{"a":1}', ' \n[1]', '\ufeff{}', ''])('is none of these: %j', (start) => {
    expect(describeOther(Buffer.from(start))).toBeNull();
  });
});
