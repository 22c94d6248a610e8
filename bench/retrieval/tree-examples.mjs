// Writes what learn-trees.py learns from: first a line with the names of the features, then a line for each question.
//   node bench/retrieval/tree-examples.mjs --data conversations.jsonl --vectors vectors.jsonl > examples.jsonl
// --vectors is a cache of the embedded texts (see learn-weights.mjs), --index another build of the search.
import { parseArgs } from 'node:util';
import {
  DEFAULT_INDEX,
  examplesOf,
  loadSearch,
  readLines,
  readVectors,
  thinned,
} from './examples.mjs';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    vectors: { type: 'string' },
    index: { type: 'string', default: DEFAULT_INDEX },
  },
});

const search = await loadSearch(options.index);
const conversations = readLines(options.data);
const vectors = await readVectors(search, conversations, options.vectors);
const rounded = (numbers) => Array.from(numbers, (number) => Number(number.toFixed(6)));

console.log(JSON.stringify({ features: search.FEATURES }));
for (const example of examplesOf(search, conversations, vectors)) {
  const { rows, scores, isEvidence } = thinned(example);
  const { category, wanted } = example;
  console.log(
    JSON.stringify({
      category,
      wanted,
      isEvidence: isEvidence.map(Number),
      scores: rounded(scores),
      rows: rows.map(rounded),
    }),
  );
}
