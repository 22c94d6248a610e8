// Holds docs/asvs.md to the sources: each test that it names is there, each requirement is answered once, and its counts are true.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

interface Row {
  number: string;
  state: string;
  explanation: string;
  tests: { file: string; title: string }[];
}

/** The last requirement of level 1 or 2 in each section of ASVS 5.0.0 that is answered. Those of level 3 follow them. */
const LAST_OF_LEVEL_2: Record<string, number> = {
  ...{
    '1.1': 2,
    '1.2': 9,
    '1.3': 11,
    '1.4': 3,
    '1.5': 2,
    '2.1': 3,
    '2.2': 3,
    '2.3': 4,
    '2.4': 1,
    '3.2': 2,
    '3.3': 4,
    '3.4': 6,
    '3.5': 5,
    '3.7': 2,
  },
  ...{
    '4.1': 3,
    '4.2': 1,
    '4.3': 2,
    '4.4': 4,
    '6.1': 3,
    '6.2': 12,
    '6.3': 4,
    '6.4': 4,
    '6.5': 5,
    '6.6': 3,
    '6.8': 4,
    '7.1': 3,
    '7.2': 4,
    '7.3': 2,
    '7.4': 5,
    '7.5': 2,
    '7.6': 2,
    '8.1': 2,
    '8.2': 3,
    '8.3': 1,
    '8.4': 1,
    '9.1': 3,
    '9.2': 4,
    '10.1': 2,
    '10.2': 2,
    '10.3': 4,
    '10.4': 11,
    '10.5': 5,
    '10.6': 2,
    '10.7': 3,
  },
  ...{
    '11.1': 2,
    '11.2': 3,
    '11.3': 3,
    '11.4': 4,
    '11.5': 1,
    '11.6': 1,
    '12.1': 3,
    '12.2': 2,
    '12.3': 4,
    '13.1': 1,
    '13.2': 5,
    '13.3': 2,
    '13.4': 5,
  },
  ...{
    '14.1': 2,
    '14.2': 4,
    '14.3': 3,
    '15.1': 3,
    '15.2': 3,
    '15.3': 7,
    '16.1': 1,
    '16.2': 5,
    '16.3': 4,
    '16.4': 3,
    '16.5': 3,
  },
};

const STATES = ['Met', 'Partly', 'Not met', 'Not applicable'];
const text = readFileSync('docs/asvs.md', 'utf8');
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| v5.0.0-'))
  .map(rowOf);

function rowOf(line: string): Row {
  const [number = '', , , state = '', explanation = '', tests = ''] = line
    .split('|')
    .slice(1)
    .map((cell) => cell.trim());
  return { number: number.replace('v5.0.0-', ''), state, explanation, tests: testsIn(tests) };
}

/** Of a cell such as: `file` "title", "title"; `file` "title". */
function testsIn(cell: string): Row['tests'] {
  return [...cell.matchAll(/`([^`]+)`((?:,? "[^"]+")+)/g)].flatMap(([, file, titles]) =>
    [...titles!.matchAll(/"([^"]+)"/g)].map(([, title]) => ({ file: file!, title: title! })),
  );
}

/** What describe() and it() are called with in a source, in its order. */
function titlesIn(source: string): string[] {
  const title =
    /\(\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`),\s*(?:async )?\(/g;
  return [...source.matchAll(title)].map(([, single, double, template]) =>
    (single ?? double ?? template)!.replace(/\\(.)/g, '$1'),
  );
}

/** Why a test is not where the page says it is; null when it is there. */
function faultOf({ file, title }: { file: string; title: string }): string | null {
  let titles: string[];
  try {
    titles = titlesIn(readFileSync(file, 'utf8'));
  } catch (error) {
    return `${file}: ${(error as NodeJS.ErrnoException).code}`;
  }
  let from = 0;
  for (const part of title.split(' › ')) {
    const at = titles.indexOf(part, from);
    if (at < 0) return `${file}: no test "${part}"`;
    from = at + 1;
  }
  return null;
}

describe('the page about ASVS', () => {
  it('answers each requirement of levels 1 and 2 once, in order', () => {
    const expected = Object.entries(LAST_OF_LEVEL_2).flatMap(([section, last]) =>
      Array.from({ length: last }, (_, i) => `${section}.${i + 1}`),
    );
    expect(rows.map(({ number }) => number)).toEqual(expected);
  });

  it('names no test that is not there', () => {
    const named = rows.flatMap(({ tests }) => tests);
    expect(named.length).toBeGreaterThan(100);
    expect(named.map(faultOf).filter((fault) => fault !== null)).toEqual([]);
  });

  it('has a test for what is met, and says what is missing elsewhere', () => {
    expect(rows.filter(({ state }) => !STATES.includes(state)).map(({ number }) => number)).toEqual(
      [],
    );
    expect(
      rows
        .filter(({ state, tests }) => state === 'Met' && tests.length === 0)
        .map(({ number }) => number),
    ).toEqual([]);
    expect(
      rows.filter(({ explanation }) => explanation === '').map(({ number }) => number),
    ).toEqual([]);
  });

  it('counts what it says', () => {
    const told = Object.fromEntries(
      STATES.map((state) => [
        state,
        Number(new RegExp(`^\\| ${state} \\| (\\d+) \\|`, 'm').exec(text)?.[1]),
      ]),
    );
    expect(told).toEqual(
      Object.fromEntries(
        STATES.map((state) => [state, rows.filter((row) => row.state === state).length]),
      ),
    );
    const applicable = rows.filter(({ state }) => state !== 'Not applicable').length;
    expect(text).toContain(`Of ${rows.length} requirements of these chapters ${applicable} apply.`);
  });

  it('would be found wrong with another file, title or order', () => {
    const [{ file, title } = { file: '', title: '' }] = rows.flatMap(({ tests }) => tests);
    expect(faultOf({ file, title })).toBeNull();
    expect(faultOf({ file: `${file}x`, title })).toContain('ENOENT');
    expect(faultOf({ file, title: `${title}x` })).toContain('no test');
    expect(faultOf({ file, title: title.split(' › ').toReversed().join(' › ') })).toContain(
      'no test',
    );
  });
});
