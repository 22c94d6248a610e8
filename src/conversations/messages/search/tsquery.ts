// Writes what a message must have as a tsquery.
import type { Condition, Term } from '../../../platform/text/index.js';

/** Quotes a term for a tsvector or a tsquery. */
export const quoteTerm = (term: string): string =>
  `'${term.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

const writeTerm = ({ term, isBeginning }: Term): string =>
  isBeginning ? `${quoteTerm(term)}:*` : quoteTerm(term);

/**
 * So many alternatives, and more, are looked up behind their beginnings: most messages have no word
 * with such a beginning, so that one comparison takes the place of many.
 */
const MIN_GROUPED_TERMS = 8;
const BEGINNING_LENGTH = 3;
/** A smaller group is no shorter than its terms. */
const MIN_GROUP_SIZE = 3;

/**
 * A phrase with the beginning of a word. PostgreSQL does not find it where a message has also a term
 * without a place that begins so: the messages with its words have to be compared again.
 */
const isOpenPhrase = (condition: Condition): boolean =>
  condition.kind === 'phrase' &&
  condition.words.some(({ terms }) => terms.some(({ isBeginning }) => isBeginning));

/** Tells whether a tsquery finds more messages than meet the condition. */
export function isLoose(condition: Condition): boolean {
  if (condition.kind === 'all' || condition.kind === 'any') return condition.of.some(isLoose);
  return condition.kind === 'not' ? isLoose(condition.of) : isOpenPhrase(condition);
}

/** No message has this term. */
const NO_TERM = quoteTerm('~');

/** Writes a tsquery that finds all messages that meet the condition. */
export function toTsquery(condition: Condition): string {
  switch (condition.kind) {
    case 'term':
      return writeTerm(condition);
    case 'not':
      return `!${isLoose(condition.of) ? NO_TERM : toTsquery(condition.of)}`;
    case 'all':
      return joined(condition.of.map(toTsquery), ' & ');
    case 'any':
      return joined(writeAlternatives(condition.of), ' | ');
    case 'phrase': {
      if (isOpenPhrase(condition))
        return joined(
          condition.words.map(({ terms }) => writePlace(terms)),
          ' & ',
        );
      const [first, ...others] = condition.words;
      let [text, last] = [writePlace(first!.terms), first!.at];
      for (const { at, terms } of others) {
        text += ` <${at - last}> ${writePlace(terms)}`;
        last = at;
      }
      return `(${text})`;
    }
  }
}

/** Writes the terms by which matching messages are ranked; null when there are none. */
export const toRankedTsquery = (terms: Condition[]): string | null =>
  terms.length === 0 ? null : joined([...new Set(terms.map(toTsquery))], ' | ');

const writePlace = (terms: Term[]): string => joined([...new Set(terms.map(writeTerm))], ' | ');

const joined = (parts: string[], by: string): string =>
  parts.length === 1 ? parts[0]! : `(${parts.join(by)})`;

function writeAlternatives(of: Condition[]): string[] {
  const exact = of.filter((one): one is Term => one.kind === 'term' && !one.isBeginning);
  if (exact.length < MIN_GROUPED_TERMS) return [...new Set(of.map(toTsquery))];
  const terms = [...new Set(exact.map(({ term }) => term))];
  const others = of.filter((one) => one.kind !== 'term' || one.isBeginning);
  return [...new Set([...others.map(toTsquery), ...writeGroups(terms)])];
}

/** Writes terms behind their first letter, those behind two letters, and so on. */
function writeGroups(terms: string[], length = 1): string[] {
  if (terms.length < MIN_GROUP_SIZE || length > BEGINNING_LENGTH) return terms.map(quoteTerm);
  const groups = new Map<string, string[]>();
  for (const term of terms) {
    const start = [...term].slice(0, length).join('');
    const group = groups.get(start);
    if (group) group.push(term);
    else groups.set(start, [term]);
  }
  return [...groups].flatMap(([start, group]) => {
    const written = writeGroups(group, length + 1);
    const isGuarded = group.length < MIN_GROUP_SIZE || written.length === 1;
    return isGuarded ? written : [`(${quoteTerm(start)}:* & ${joined(written, ' | ')})`];
  });
}
