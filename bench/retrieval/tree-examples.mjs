// Writes what learn-trees.py learns from: first a line with the names of the features, then a line for each question.
//   node bench/retrieval/tree-examples.mjs --data conversations.jsonl --vectors vectors.jsonl > examples.jsonl
// --vectors is a cache of the embedded texts (see learn-weights.mjs), --index another build of the search.
import { examplesOf, openExamples, readVectors, thinned } from './examples.mjs';

const { search, conversations, vectorsFile } = await openExamples();
const vectors = await readVectors(search, conversations, vectorsFile);
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
