// Tells whether a text has what a question asks for.
import type { Condition, PhraseWord } from './condition.js';
import type { TermVector } from './term-vector.js';

/** Tells whether a text with these terms meets the condition. */
export function isMet(condition: Condition, vector: TermVector): boolean {
  switch (condition.kind) {
    case 'term':
      return vector.has(condition);
    case 'all':
      return condition.of.every((one) => isMet(one, vector));
    case 'any':
      return condition.of.some((one) => isMet(one, vector));
    case 'not':
      return !isMet(condition.of, vector);
    case 'phrase':
      return hasPhrase(condition.words, vector);
  }
}

/** Each further word leaves the places where all words up to it stand as asked for. */
function hasPhrase([first, ...others]: PhraseWord[], vector: TermVector): boolean {
  let starts = vector.placesOf(first!.terms).map((place) => place - first!.at);
  for (const { at, terms } of others) {
    if (starts.length === 0) return false;
    const places = new Set(vector.placesOf(terms));
    starts = starts.filter((start) => places.has(start + at));
  }
  return starts.length > 0;
}
