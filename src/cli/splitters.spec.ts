import { describe, expect, it } from '@jest/globals';
import { LineSplitter, type Splitter, ValueSplitter } from './splitters.js';

/** What comes out when the text arrives in chunks of `size` bytes; blank pieces are left to the reader. */
function split(splitter: Splitter, text: string, size: number): string[] {
  const bytes = Buffer.from(text);
  const pieces: Buffer[] = [];
  for (let i = 0; i < bytes.length; i += size)
    pieces.push(...splitter.push(bytes.subarray(i, i + size)));
  pieces.push(splitter.end());
  return pieces.map(String);
}

const sizes = [1, 2, 3, 7, 1000];
const notBlank = (pieces: string[]) =>
  pieces.map((piece) => piece.trim()).filter((piece) => piece !== '');

describe.each(sizes)('splitting a file read in chunks of %d bytes', (size) => {
  it('LineSplitter splits at line feeds only', () => {
    expect(split(new LineSplitter(), 'a\n\nü\u2028b\r\n"c"', size)).toEqual([
      'a',
      '',
      'ü\u2028b\r',
      '"c"',
    ]);
    expect(split(new LineSplitter(), 'a\n', size)).toEqual(['a', '']);
  });

  it('ValueSplitter returns the elements of an array one by one', () => {
    const elements = ['{"a":[1,2,{"b":"]},["}]}', '"x,\\"]\\\\"', '[1,2]', '7', 'nonsense'];
    const array = ` [ ${elements.join(' ,\n')} ]\n`;
    expect(notBlank(split(new ValueSplitter(1), array, size))).toEqual(elements);
    expect(notBlank(split(new ValueSplitter(1), '[]', size))).toEqual([]);
  });

  it('ValueSplitter returns what follows an array', () => {
    expect(notBlank(split(new ValueSplitter(1), '[{}] more', size))).toEqual(['{}', 'more']);
  });

  it('ValueSplitter returns objects one by one, whatever separates them', () => {
    const text = '{\n "a": {"b": [1, 2]}\n}\n{"c":"}"}[1,2] trailing';
    expect(notBlank(split(new ValueSplitter(0), text, size))).toEqual([
      '{\n "a": {"b": [1, 2]}\n}',
      '{"c":"}"}',
      '[1,2]',
      'trailing',
    ]);
  });

  it.each([
    [1, '[{"a":1},'],
    [1, '[{"a":1}'],
    [1, '[{"a":"]'],
    [1, '[]]'],
    [0, '{"a":1}{"b":'],
  ] as const)('a file that ends inside a value is refused (%d, %s)', (base, text) => {
    expect(() => split(new ValueSplitter(base), text, size)).toThrow('ends in the middle');
  });

  it('a conversation over the size limit is refused', () => {
    expect(() => split(new LineSplitter(10), 'a\n01234567890\n', size)).toThrow(
      'longer than 10 bytes',
    );
    expect(() => split(new ValueSplitter(0, 10), '{"a":"012345"}', size)).toThrow(
      'longer than 10 bytes',
    );
    expect(split(new LineSplitter(10), '0123456789\n0123456789\n', size)).toEqual([
      '0123456789',
      '0123456789',
      '',
    ]);
  });
});
