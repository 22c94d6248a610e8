// Adds to the linear score what a small ensemble of decision trees says: it has learned which
// features tell something together.
import {
  LEAF_VALUES,
  SPLIT_FEATURES,
  SPLIT_THRESHOLDS,
  TREE_FEATURES,
  TREES,
} from './learned-trees.js';
import { FEATURE_INDEX } from './weights.js';

/** The best texts by the linear score, whose order the trees may change. */
export const MAX_TEXTS_FOR_TREES = 100;

const DEPTH = 3;
const SPLITS = 2 ** DEPTH - 1;
const LEAVES = 2 ** DEPTH;
/** The learned numbers are whole. */
const UNIT = 1e-5;

/** The place of each split's feature in a row of features. */
const features = Uint8Array.from(SPLIT_FEATURES, (place) => FEATURE_INDEX[TREE_FEATURES[place]!]);
const thresholds = Float64Array.from(SPLIT_THRESHOLDS, (threshold) => threshold * UNIT);
const leaves = Float64Array.from(LEAF_VALUES, (value) => value * UNIT);

/** @param row features in the order of `FEATURES` */
export function scoreByTrees(row: Float64Array): number {
  let score = 0;
  for (let tree = 0; tree < TREES; tree++) {
    let node = 0;
    while (node < SPLITS) {
      const split = tree * SPLITS + node;
      node = 2 * node + (row[features[split]!]! <= thresholds[split]! ? 1 : 2);
    }
    score += leaves[tree * LEAVES + node - SPLITS]!;
  }
  return score;
}
