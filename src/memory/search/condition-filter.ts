// Tells by the hashes of an index which texts may meet a condition. It may name too many texts: their
// words have to be compared. Only where a word has the root of a searched one, and neither its stem
// nor its spelling, may it leave one out.
import { type Condition, stemWord, type Term } from '../../platform/text/index.js';
import { rootHash, stemHash, stemKey } from './terms.js';
import { COUNT_VALUES, type TextTable } from './text-table.js';

/** What may be met: by any text, by one with any term of a group, or by all or any of others. */
type Test = typeof ANY_TEXT | { group: number } | { all: Test[] } | { any: Test[] };
const ANY_TEXT = 'any text';

/** A term is known by its root, and by its stem unless any stem of the root is sought. */
interface Sought {
  root: number;
  stem: number | null;
  group: number;
}

const BUCKETS = 2 ** 12;

/** Returns a check of slots: false for a text that cannot meet the condition. */
export function conditionFilter(
  { from, terms, roots, stems }: TextTable,
  condition: Condition,
): (slot: number) => boolean {
  const sought: Sought[] = [];
  let groups = 0;
  const test = toTest(condition, (terms) => {
    const group = groups++;
    for (const term of terms) sought.push(...soughtFor(term, group));
    return { group };
  });
  if (test === ANY_TEXT) return () => true;
  const [taken, byRoot] = [new Uint8Array(BUCKETS), new Map<number, Sought[]>()];
  for (const one of sought) {
    taken[one.root % BUCKETS] = 1;
    const others = byRoot.get(one.root);
    if (others) others.push(one);
    else byRoot.set(one.root, [one]);
  }
  const has = new Uint8Array(groups);
  return (slot) => {
    has.fill(0);
    for (let entry = from[slot]!, end = entry + terms[slot]!; entry < end; entry++) {
      const root = roots[entry]!;
      if (taken[root % BUCKETS] === 0) continue;
      const stem = Math.floor(stems[entry]! / COUNT_VALUES);
      for (const one of byRoot.get(root) ?? [])
        if (one.stem === null || one.stem === stem) has[one.group] = 1;
    }
    return passes(test, has);
  };
}

function passes(test: Test, has: Uint8Array): boolean {
  if (test === ANY_TEXT) return true;
  if ('group' in test) return has[test.group] === 1;
  return 'all' in test
    ? test.all.every((one) => passes(one, has))
    : test.any.some((one) => passes(one, has));
}

/** @param groupOf gives the test for any of some terms */
function toTest(condition: Condition, groupOf: (terms: Term[]) => Test): Test {
  switch (condition.kind) {
    case 'term':
      return anyOf([condition], groupOf);
    case 'not':
      return ANY_TEXT;
    case 'all':
      return { all: condition.of.map((one) => toTest(one, groupOf)) };
    case 'phrase':
      return { all: condition.words.map(({ terms }) => anyOf(terms, groupOf)) };
    case 'any': {
      const terms = condition.of.filter((one): one is Term => one.kind === 'term');
      const others = condition.of.filter(({ kind }) => kind !== 'term');
      const tests = others.map((one) => toTest(one, groupOf));
      return { any: terms.length > 0 ? [anyOf(terms, groupOf), ...tests] : tests };
    }
  }
}

/** Words with one beginning may have any root: one that goes on with a digit is a root of its own. */
const anyOf = (terms: Term[], groupOf: (terms: Term[]) => Test): Test =>
  terms.some(({ as }) => as === 'beginning') ? ANY_TEXT : groupOf(terms);

/** A text may have the term as a stem, or as a word with another one. */
function soughtFor({ term, as }: Term, group: number): Sought[] {
  if (as === 'root') return [{ root: rootHash(stemKey(term)), stem: null, group }];
  return [...new Set([term, stemWord(term)])].map((stem) => {
    const key = stemKey(stem);
    return { root: rootHash(key), stem: stemHash(key), group };
  });
}
