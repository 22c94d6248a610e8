import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { changesBetween, textDiff } from './diff.js';
import { MAX_CHANGES } from './json-changes.js';

const NAMES = { from: 'a', to: 'b' };
const list = (length: number, value: unknown) => Array.from({ length }, () => value);

/** `from` with the changes made in it. */
function patched(from: unknown, to: unknown): unknown {
  let whole: unknown = structuredClone(from);
  const { changes } = changesBetween(from, to);
  const inOrder = [
    ...changes.filter(({ op }) => op !== 'remove'),
    ...changes.filter(({ op }) => op === 'remove').reverse(),
  ];
  for (const { op, path, to: value } of inOrder) {
    const names = path
      .split('/')
      .slice(1)
      .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = names.pop();
    if (last === undefined) whole = value;
    else {
      const place = names.reduce<unknown>(
        (part, name) => (part as Record<string, unknown>)[name],
        whole,
      ) as Record<string, unknown>;
      if (op === 'add' && Array.isArray(place)) place.push(value);
      else if (op !== 'remove') place[last] = value;
      else if (Array.isArray(place)) place.pop();
      else delete place[last];
    }
  }
  return whole;
}

describe('changesBetween two contents', () => {
  it('returns no change for equal contents in any order of keys', () => {
    expect(
      changesBetween({ a: [1, { b: null }], c: 'x' }, { c: 'x', a: [1, { b: null }] }),
    ).toEqual({ changes: [], omittedChanges: 0 });
  });

  it('reports each JSON pointer that differs', () => {
    expect(
      changesBetween(
        { a: 1, 'b/c': [1, 2, 3], d: { e: 1 }, g: [1] },
        { a: 2, 'b/c': [1, 5], f: true, d: { e: 1 }, g: { 0: 1 } },
      ).changes,
    ).toEqual([
      { op: 'replace', path: '/a', from: 1, to: 2 },
      { op: 'replace', path: '/b~1c/1', from: 2, to: 5 },
      { op: 'remove', path: '/b~1c/2', from: 3 },
      { op: 'add', path: '/f', to: true },
      { op: 'replace', path: '/g', from: [1], to: { 0: 1 } },
    ]);
  });

  it('returns changes that turn the first content into the second', () => {
    const content = fc
      .jsonValue({ maxDepth: 4 })
      .filter((value) => !JSON.stringify(value).includes('__proto__'));
    fc.assert(
      fc.property(content, content, (from, to) => {
        const [a, b] = [JSON.parse(JSON.stringify(from)), JSON.parse(JSON.stringify(to))] as [
          unknown,
          unknown,
        ];
        fc.pre(changesBetween(a, b).omittedChanges === 0);
        expect(JSON.stringify(sorted(patched(a, b)))).toBe(JSON.stringify(sorted(b)));
      }),
    );
  });

  it('lists 1,000 changes and counts the others', () => {
    const { changes, omittedChanges } = changesBetween(
      { x: list(5_000, 1) },
      { x: list(5_000, 2) },
    );
    expect([changes.length, changes.at(-1)!.path, omittedChanges]).toEqual([
      MAX_CHANGES,
      '/x/999',
      4_000,
    ]);
  });

  it('limits the total length of the pointers', () => {
    const name = 'n'.repeat(300_000);
    const { changes, omittedChanges } = changesBetween(
      { [name]: list(900, 1) },
      { [name]: list(900, 2) },
    );
    expect([changes.length, omittedChanges]).toEqual([3, 897]);
  });
});

const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, part]) => [key, sorted(part)]),
        )
      : value;

describe('the unified diff of two contents', () => {
  it('shows each line of a text as a line', () => {
    expect(
      textDiff({ systemPrompt: 'one\ntwo\nthree' }, { systemPrompt: 'one\n2\nthree' }, NAMES),
    ).toContain('-    "two",\n+    "2",\n');
  });

  it('exists for a long prompt with a few changed lines', () => {
    const prompt = list(20_000, 'a line').join('\n');
    expect(textDiff({ prompt }, { prompt: `${prompt}\nand another` }, NAMES)).toContain(
      '+    "and another"',
    );
  });

  const prompt = (length: number, prefix: string) =>
    Array.from({ length }, (_, i) => `${prefix}${i}`).join('\n');
  it.each([
    [
      'of which every line is another',
      { prompt: prompt(5_000, 'a') },
      { prompt: prompt(5_000, 'b') },
    ],
    ['of very many lines', { prompt: '\n'.repeat(60_000) }, { prompt: 'x' }],
    ['of very many places', { x: list(60_000, 1) }, { x: [] }],
    [
      'whose indentation alone is too long',
      {
        x: Array.from({ length: 2_000 }, () =>
          Array.from({ length: 60 }).reduce((inner) => [inner], 1),
        ),
      },
      {},
    ],
  ])('is null for contents %s', (_, from, to) => {
    expect(textDiff(from, to, NAMES)).toBeNull();
    expect(textDiff(to, from, NAMES)).toBeNull();
  });
});
