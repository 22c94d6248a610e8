// Writes the terms of a message as a tsvector. They are made by the rules of the memory search, so no
// result depends on a server's locale or text search configuration.
import { type Stems, toVectorInSteps } from '../../../platform/text/index.js';
import { quoteTerm } from './tsquery.js';

/** Makes the text of a tsvector in steps of a few thousand characters. */
export function* toTsvectorInSteps(text: string, stems: Stems): Generator<void, string> {
  const { positions } = yield* toVectorInSteps(text, stems);
  const terms: string[] = [];
  for (const [term, places] of positions)
    terms.push(places.length > 0 ? `${quoteTerm(term)}:${places.join(',')}` : quoteTerm(term));
  return terms.join(' ');
}
