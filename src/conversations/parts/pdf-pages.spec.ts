import { deflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { pdfOf } from '../../../test/support/tiny-media.js';
import { documentPages } from './media-tokens.js';
import { pdfPages } from './pdf-pages.js';

const pagesOf = (...pieces: (string | Buffer)[]) =>
  pdfPages(Buffer.concat(pieces.map((piece) => Buffer.from(piece as string))).toString('base64'));
const object = (number: number, dictionary: string) =>
  `${number} 0 obj\n<< ${dictionary} >>\nendobj\n`;
const page = (number: number) =>
  object(number, '/Type /Page /Parent 2 0 R /Resources << /Font << /F1 9 0 R >> >>');
const stream = (dictionary: string, bytes: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(`7 0 obj\n<< ${dictionary} /Length ${bytes.length} >>\nstream\n`),
    bytes,
    Buffer.from('\nendstream\nendobj\n'),
  ]);
const objectStream = (objects: string) =>
  stream('/Type /ObjStm /N 2 /First 8 /Filter /FlateDecode', deflateSync(objects));
const told = (pages: number) => ({ pages, isWhole: true });

describe('pages of a PDF', () => {
  it.each<[string, (string | Buffer)[], number]>([
    ['its page tree', [object(2, '/Type /Pages /Kids [3 0 R 4 0 R] /Count 2')], 2],
    ['a tree that tells its pages first', [object(2, '/Count 12/Kids[3 0 R]/Type/Pages')], 12],
    [
      'the root of a tree with branches',
      [
        object(2, '/Type /Pages /Kids [3 0 R 4 0 R] /Count 40'),
        object(3, '/Type /Pages /Parent 2 0 R /Count 30'),
        object(4, '/Type /Pages /Parent 2 0 R /Count 10'),
      ],
      40,
    ],
    [
      'the pages, when the tree tells fewer',
      [object(2, '/Type /Pages /Count 1'), page(3), page(4)],
      2,
    ],
    ['a page that was changed, once', [page(3), page(4), page(3)], 2],
    ['no outlines', [object(2, '/Type /Outlines /Count 99'), page(3)], 1],
    ['no number of another object', [object(2, '/Type /Pages /Count 99 0 R'), page(3)], 1],
    ['no number that is below zero', [object(2, '/Type /Pages /Count -9'), page(3)], 1],
    ['no other types', [object(2, '/Type /PageLabels /Count 9'), page(3)], 1],
    [
      'objects that are compressed',
      [objectStream('3 0 4 30 <</Type/Pages/Count 7/Kids[]>> <</Type/Page>>')],
      7,
    ],
    ['compressed pages without a tree', [objectStream('<</Type/Page>> <</Type /Page>>')], 2],
    [
      'no pages in the bytes of another stream',
      [page(3), stream('/Type /EmbeddedFile', Buffer.from(page(4) + page(5)))],
      1,
    ],
    ['pages behind a stream without an end', [page(3), '4 0 obj << >>\nstream\n', page(5)], 2],
    ['an object that has no end', ['3 0 obj << /Type /Page'], 1],
    ['dictionaries that are closed too often', ['>> >> >>', page(3)], 1],
    ['dictionaries that are too deep', ['<< '.repeat(1_000), '>> '.repeat(1_000), page(3)], 1],
  ])('are counted by %s', (_, pieces, pages) => {
    expect(pagesOf(...pieces)).toEqual(told(pages));
  });

  it.each<[string, (string | Buffer)[]]>([
    ['an object stream is encrypted', [stream('/Type /ObjStm', Buffer.from('no deflate'))]],
    ['an object stream is cut off', ['7 0 obj << /Type /ObjStm >>\nstream\nabc']],
    ['objects grow beyond all bounds', [objectStream(' '.repeat(5_000_000))]],
    [
      'there are too many object streams',
      Array.from({ length: 1_001 }, () => objectStream('<<>>')),
    ],
  ])('may be more than are told, when %s', (_, pieces) => {
    expect(pagesOf(page(3), ...pieces)).toEqual({ pages: 1, isWhole: false });
  });

  it('are taken to be as many in the rest as in the first of many objects', () => {
    const { pages, isWhole } = pagesOf(
      ...Array.from({ length: 40_000 }, (_, i) => object(i + 1, '/Type /Page')),
    );
    expect(isWhole).toBe(false);
    expect(pages).toBeGreaterThan(39_000);
    expect(pages).toBeLessThan(42_000);
  });

  it('are as many as are told, or one for each 50 kB when that is more', () => {
    expect(documentPages(pdfOf(3))).toBe(3);
    expect(documentPages(Buffer.alloc(10).toString('base64'))).toBe(1);
    expect(documentPages(Buffer.alloc(120_000).toString('base64'))).toBe(3);
    const large = Buffer.concat([Buffer.from(page(3)), Buffer.alloc(6_000_000)]);
    expect(documentPages(large.toString('base64'))).toBe(121);
  });
});
