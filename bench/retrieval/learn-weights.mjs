// Learns the weights of src/memory/search/weights.ts from labelled conversations, and says how well they do on conversations they were not learned from.
//   node bench/retrieval/learn-weights.mjs --data locomo.dev.jsonl --vectors /tmp/vectors.jsonl [--index dist/src/memory/search]
// --vectors is a cache, filled by the MiniLM of @lat.md/embed (about 50 ms a text); without it only the lexical column is learned.
import { examplesOf, openExamples, readVectors, scoreOf, thinned } from './examples.mjs';

const { search, conversations, vectorsFile } = await openExamples();
const { FEATURES } = search;

const WIDTH = FEATURES.length;
const VECTOR_FEATURES = FEATURES.filter((signal) => signal.toLowerCase().endsWith('cosine'));

/** The pull of each weight to zero, and the steps of the descent. */
const PULL = 0.5;
const STEPS = 150;

/** A match must never lower a score, even where two signals that go together would fit a little better so. */
const MAY_LOWER = new Set(['asks']);

/** Listwise logistic regression: makes the evidence of each question likely among all its texts. Adam, over all questions at each step. */
function learn(examples, signals) {
  const places = signals.map((signal) => FEATURES.indexOf(signal));
  const lists = examples
    .map((example) => (example.thinned ??= thinned(example)))
    .filter(({ isEvidence }) => isEvidence.includes(true));
  const [weights, mean, square] = [
    new Float64Array(WIDTH),
    new Float64Array(WIDTH),
    new Float64Array(WIDTH),
  ];
  for (let step = 1; step <= STEPS; step++) {
    const slope = weights.map((weight) => PULL * weight);
    lists.forEach((list) => addSlope(list, weights, places, slope));
    const pace = 0.25 * (step < STEPS * 0.6 ? 1 : step < STEPS * 0.85 ? 0.3 : 0.1);
    for (const place of places) {
      const part = slope[place] / lists.length;
      mean[place] = 0.9 * mean[place] + 0.1 * part;
      square[place] = 0.99 * square[place] + 0.01 * part * part;
      weights[place] -=
        (pace * (mean[place] / (1 - 0.9 ** step))) /
        (Math.sqrt(square[place] / (1 - 0.99 ** step)) + 1e-8);
      if (!MAY_LOWER.has(FEATURES[place])) weights[place] = Math.max(0, weights[place]);
    }
  }
  return weights;
}

function addSlope({ rows, isEvidence }, weights, places, slope) {
  const scores = rows.map((row) => scoreOf(row, weights));
  const most = Math.max(...scores);
  const likely = scores.map((score) => Math.exp(score - most));
  const [total, evidence] = [likely.reduce((a, b) => a + b, 0), isEvidence.filter(Boolean).length];
  rows.forEach((row, i) => {
    const excess = likely[i] / total - (isEvidence[i] ? 1 / evidence : 0);
    if (Math.abs(excess) > 1e-7) for (const place of places) slope[place] += excess * row[place];
  });
}

function recallAt10({ rows, isEvidence, wanted }, weights) {
  const order = rows.map((row, i) => [scoreOf(row, weights), i]).sort(([a], [b]) => b - a);
  return order.slice(0, 10).filter(([, i]) => isEvidence[i]).length / wanted;
}

const average = (numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

function report(name, recalls) {
  const of = (wanted) =>
    (100 * average(recalls.filter(wanted).map(({ recall }) => recall))).toFixed(1);
  const categories = [1, 2, 3, 4, 5].map(
    (category) => `${category}: ${of((each) => each.category === category)}`,
  );
  console.log(
    `  ${name}: categories 1-4 ${of(({ category }) => category !== 5)}, all ${of(() => true)} (${categories.join(', ')})`,
  );
}

function study(name, examples, signals) {
  const score = (some, weights) =>
    some.map((example) => ({ category: example.category, recall: recallAt10(example, weights) }));
  console.log(`${name}, recall@10`);
  const unseen = conversations.flatMap((left) => {
    const weights = learn(
      examples.filter(({ conversation }) => conversation !== left),
      signals,
    );
    return score(
      examples.filter(({ conversation }) => conversation === left),
      weights,
    );
  });
  report('each conversation by weights of the others', unseen);
  const weights = learn(examples, signals);
  report('by weights of all', score(examples, weights));
  console.log(
    signals
      .map((signal) => `    ${signal}: ${weights[FEATURES.indexOf(signal)].toFixed(2)}`)
      .join('\n'),
  );
}

study(
  'words only',
  [...examplesOf(search, conversations)],
  FEATURES.filter((signal) => !VECTOR_FEATURES.includes(signal)),
);
if (vectorsFile) {
  const vectors = await readVectors(search, conversations, vectorsFile);
  study('with vectors', [...examplesOf(search, conversations, vectors)], FEATURES);
}
