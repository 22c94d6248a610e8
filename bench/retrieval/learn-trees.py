"""Learns the trees of src/memory/search/learned-trees.ts from the output of tree-examples.mjs.

    pip install lightgbm numpy
    python bench/retrieval/learn-trees.py friendsqa-examples.jsonl [--test other-examples.jsonl]
    npx prettier --write src/memory/search/learned-trees.ts

The trees are added to the linear score. They are learned on top of it: each tree corrects what the
linear score and the trees before it rank wrong. With --test, prints recall@10 of other examples
without and with the trees.
"""

import argparse
import json
from pathlib import Path

import lightgbm
import numpy

TARGET = Path(__file__).parent / "../../src/memory/search/learned-trees.ts"

TREES = 200
DEPTH = 3
SPLITS = 2**DEPTH - 1
# In FriendsQA the linear score is too sure of itself: it is multiplied by this while learning.
SCORE_FACTOR = 0.6
# A part of the learned correction is used: it also has to fit other data.
TREE_FACTOR = 0.25 / SCORE_FACTOR
# The generated file has whole numbers.
UNITS = 100_000
SETTINGS = {
    "max_depth": DEPTH,
    "num_leaves": 2**DEPTH,
    "learning_rate": 0.1,
    "min_data_in_leaf": 50,
    "min_sum_hessian_in_leaf": 0.5,
    "lambda_l2": 5.0,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "feature_fraction": 0.7,
    "max_bin": 63,
    "boost_from_average": False,
    "seed": 1,
    "deterministic": True,
    "num_threads": 1,
    "verbose": -1,
}


class Examples:
    """The rows of all questions, one below the other."""

    def __init__(self, file):
        with open(file, encoding="utf8") as lines:
            self.features = json.loads(next(lines))["features"]
            questions = [pack(json.loads(line)) for line in lines]
        self.categories = numpy.array([each["category"] for each in questions])
        self.wanted = numpy.array([each["wanted"] for each in questions])
        self.sizes = numpy.array([len(each["scores"]) for each in questions])
        self.rows, self.scores, self.is_evidence = (
            numpy.concatenate([each[name] for each in questions])
            for name in ("rows", "scores", "isEvidence")
        )
        # The first row of each question.
        self.starts = numpy.cumsum(self.sizes) - self.sizes

    def recall_at_10(self, scores):
        found = [self.found_at_10(scores, *span) for span in zip(self.starts, self.sizes)]
        return numpy.array(found) / self.wanted

    def found_at_10(self, scores, start, size):
        best = numpy.argsort(-scores[start : start + size], kind="stable")[:10]
        return self.is_evidence[start : start + size][best].sum()


def pack(question):
    arrays = {name: numpy.array(question[name], float) for name in ("scores", "isEvidence")}
    return {**question, **arrays, "rows": numpy.array(question["rows"], numpy.float32)}


class Listwise:
    """Listwise logistic loss: makes the evidence of each question likely among all its texts."""

    def __init__(self, examples):
        """Leaves out the questions none of whose evidence was found."""
        evidence = numpy.add.reduceat(examples.is_evidence, examples.starts)
        used = numpy.repeat(evidence > 0, examples.sizes)
        self.sizes = examples.sizes[evidence > 0]
        self.starts = numpy.cumsum(self.sizes) - self.sizes
        self.rows = examples.rows[used]
        self.scores = SCORE_FACTOR * examples.scores[used]
        self.is_evidence = examples.is_evidence[used]
        self.target = self.is_evidence / self.spread(numpy.add, self.is_evidence)

    def spread(self, function, values):
        """Combines the values of each question, and repeats the result for each of its rows."""
        return numpy.repeat(function.reduceat(values, self.starts), self.sizes)

    def __call__(self, scores, _):
        """Returns the gradient and the diagonal of the Hessian, as LightGBM asks."""
        likely = numpy.exp(scores - self.spread(numpy.maximum, scores))
        likely /= self.spread(numpy.add, likely)
        return likely - self.target, numpy.maximum(likely * (1 - likely), 1e-6)


def learn(examples):
    loss = Listwise(examples)
    data = lightgbm.Dataset(
        loss.rows, label=loss.is_evidence, group=loss.sizes, init_score=loss.scores
    )
    model = lightgbm.train({**SETTINGS, "objective": loss}, data, num_boost_round=TREES)
    return [to_perfect_tree(each["tree_structure"]) for each in model.dump_model()["tree_info"]]


def to_perfect_tree(root):
    """Returns the splits, the children of split i at 2i + 1 and 2i + 2, and the leaves."""
    splits = [None] * SPLITS

    def leaves_below(node, place):
        if place >= SPLITS:
            return [round(node["leaf_value"] * TREE_FACTOR * UNITS)]
        is_leaf = "leaf_value" in node
        splits[place] = (None, 0) if is_leaf else (node["split_feature"], threshold_of(node))
        children = (node, node) if is_leaf else (node["left_child"], node["right_child"])
        return leaves_below(children[0], 2 * place + 1) + leaves_below(children[1], 2 * place + 2)

    leaves = leaves_below(root, 0)
    return splits, leaves


def threshold_of(node):
    """LightGBM splits right above and right below zero at 1e-35 and -1e-35."""
    threshold = node["threshold"]
    return -1 if -1e-30 < threshold < 0 else round(threshold * UNITS)


def score_by(trees, rows):
    total = numpy.zeros(len(rows))
    for splits, leaves in trees:
        features = numpy.array([feature or 0 for feature, _ in splits])
        thresholds = numpy.array([threshold / UNITS for _, threshold in splits])
        place = numpy.zeros(len(rows), int)
        for _ in range(DEPTH):
            values = rows[numpy.arange(len(rows)), features[place]]
            place = 2 * place + 1 + (values > thresholds[place])
        total += numpy.array(leaves)[place - SPLITS] / UNITS
    return total


def report(name, examples, scores):
    recall = 100 * examples.recall_at_10(scores)
    first = recall[examples.categories != 5].mean()
    print(f"{name}, recall@10: categories 1-4 {first:.1f}, all {recall.mean():.1f}")


def compare(file, trees):
    examples = Examples(file)
    report("without trees", examples, examples.scores)
    report("with trees", examples, examples.scores + score_by(trees, examples.rows))


def write(trees, features):
    splits = [split for tree_splits, _ in trees for split in tree_splits]
    used = sorted({feature for feature, _ in splits if feature is not None})
    names = ", ".join(f"'{features[feature]}'" for feature in used)
    # A split that only pads a tree has the first feature.
    places = [0 if feature is None else used.index(feature) for feature, _ in splits]
    thresholds = [threshold for _, threshold in splits]
    leaves = [leaf for _, tree_leaves in trees for leaf in tree_leaves]
    TARGET.write_text(CODE % (names, TREES, places, thresholds, leaves), encoding="utf8")


CODE = """\
// Trees that are added to the linear score of searches with vectors. Learned by
// bench/retrieval/learn-trees.py from FriendsQA (Apache-2.0).
import type { Feature } from './weights.js';

/** The features that the trees look at. */
export const TREE_FEATURES: readonly Feature[] = [%s];

/** How many trees there are. */
export const TREES = %d;

/**
 * For the seven splits of each tree, the place of a feature in `TREE_FEATURES`: the root, its two
 * children, and their four.
 */
export const SPLIT_FEATURES = %s;

/** The thresholds of the splits, times 100,000. A feature up to it goes to the first child. */
export const SPLIT_THRESHOLDS = %s;

/** The values of the eight leaves of each tree, times 100,000, from the first to the last. */
export const LEAF_VALUES = %s;
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("examples")
    parser.add_argument("--test", help="examples of another data set")
    options = parser.parse_args()
    examples = Examples(options.examples)
    trees = learn(examples)
    if options.test:
        compare(options.test, trees)
    write(trees, examples.features)


if __name__ == "__main__":
    main()
