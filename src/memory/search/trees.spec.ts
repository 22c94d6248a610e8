import { describe, expect, it } from '@jest/globals';
import { Seeded } from '../../../test/support/seeded.js';
import {
  LEAF_VALUES,
  SPLIT_FEATURES,
  SPLIT_THRESHOLDS,
  TREE_FEATURES,
  TREES,
} from './learned-trees.js';
import { TextIndex } from './text-index.js';
import { MAX_TEXTS_FOR_TREES, scoreByTrees } from './trees.js';
import { FEATURE_INDEX, FEATURES, type Feature } from './weights.js';

/** The score as the file of the trees describes it, from the root of each tree down. */
function scoreOf(row: Record<Feature, number>): number {
  let units = 0;
  for (let tree = 0; tree < TREES; tree++) {
    const descend = (split: number): number => {
      if (split >= 7) return LEAF_VALUES[8 * tree + split - 7]!;
      const feature = TREE_FEATURES[SPLIT_FEATURES[7 * tree + split]!]!;
      const isUpTo = row[feature] * 100_000 <= SPLIT_THRESHOLDS[7 * tree + split]!;
      return descend(2 * split + (isUpTo ? 1 : 2));
    };
    units += descend(0);
  }
  return units / 100_000;
}

describe('the trees', () => {
  it('are whole: seven splits and eight leaves each, by features that there are', () => {
    expect([SPLIT_FEATURES, SPLIT_THRESHOLDS, LEAF_VALUES].map(({ length }) => length)).toEqual([
      7 * TREES,
      7 * TREES,
      8 * TREES,
    ]);
    expect(SPLIT_FEATURES.every((place) => place in TREE_FEATURES)).toBe(true);
    expect(TREE_FEATURES.filter((feature) => !FEATURES.includes(feature))).toEqual([]);
  });

  it('score a row of features as the file of them says', () => {
    const random = new Seeded(3);
    for (let i = 0; i < 500; i++) {
      const row = Float64Array.from(FEATURES, () => (random.chance(0.3) ? 0 : random.next() * 2));
      const named = Object.fromEntries(
        FEATURES.map((feature) => [feature, row[FEATURE_INDEX[feature]]!]),
      ) as Record<Feature, number>;
      expect(scoreByTrees(row)).toBeCloseTo(scoreOf(named), 9);
    }
  });

  it('reorder the same first texts whatever the limit is, and every score explains itself', () => {
    const random = new Seeded(4);
    const index = new TextIndex();
    const vectorOf = () => Int8Array.from({ length: 8 }, () => random.integer(91) - 45);
    const words = [
      'boat',
      'sail',
      'wind',
      'sea',
      'harbour',
      'rope',
      'storm',
      'I',
      'when',
      'today?',
    ];
    const sentence = () =>
      Array.from({ length: 1 + random.integer(12) }, () => words[random.integer(words.length)]);
    for (let i = 0; i < 4 * MAX_TEXTS_FOR_TREES; i++) {
      const ref = String(i).padStart(4, '0');
      const speaker = random.chance(0.5) ? 'Ada' : 'Bob';
      index.put({ ref, text: sentence().join(' '), speaker, group: 'talk', at: i * 60_000 });
      if (random.chance(0.9)) index.setVector(ref, vectorOf());
    }
    const vector = vectorOf();
    const find = (limit: number) =>
      index.search('What did Ada say of the storm at sea?', { limit, vector, explain: true });
    const all = find(index.size);
    expect(all.length).toBeGreaterThan(2 * MAX_TEXTS_FOR_TREES);
    for (const limit of [1, 10, MAX_TEXTS_FOR_TREES - 1, MAX_TEXTS_FOR_TREES + 1, 300])
      expect(find(limit).map(({ ref }) => ref)).toEqual(all.slice(0, limit).map(({ ref }) => ref));
    all.forEach(({ score, parts }, i) => {
      expect(score).toBeLessThanOrEqual(all[i - 1]?.score ?? Infinity);
      expect(Object.values(parts!).reduce((a, b) => a + b, 0)).toBeCloseTo(score, 9);
    });
    // What no tree looked at is moved behind the others as one.
    const others = all.slice(MAX_TEXTS_FOR_TREES).map(({ parts }) => parts!['trees'] ?? 0);
    for (const moved of others) expect(moved).toBeCloseTo(others[0]!, 9);
    expect(others[0]).toBeLessThan(0);
    const lexical = index.search('storm at sea', { limit: 50, explain: true });
    expect(lexical.filter(({ parts }) => parts!['trees'] !== undefined)).toEqual([]);
  });
});
