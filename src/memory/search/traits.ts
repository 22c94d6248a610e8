// Traits of a text besides its subject, as bits set by its words and punctuation.

/** Contains a question mark. */
export const HAS_QUESTION = 1;
/** Ends with a question, so it tells less than it asks. */
export const ENDS_WITH_QUESTION = 2;
export const FIRST_PERSON = 4;
/** Contains a word of time. */
export const TEMPORAL = 8;

const words = (list: string): string[] => list.trim().split(/\s+/);

export const MONTHS: readonly string[] = words(
  'january february march april may june july august september october november december',
);
/** Months whose names are also ordinary words. */
export const AMBIGUOUS_MONTHS: ReadonlySet<string> = new Set(['march', 'may', 'mar']);

const FIRST_PERSON_WORDS = words('i im ive id ill me my mine myself we were weve us our ours');
const TEMPORAL_WORDS =
  words(`yesterday today tomorrow tonight last next ago recently since later soon upcoming
  day days week weeks weekend month months year years morning evening night
  summer winter spring autumn fall
  monday tuesday wednesday thursday friday saturday sunday`);

const TRAITS: ReadonlyMap<string, number> = new Map([
  ...FIRST_PERSON_WORDS.map((word): [string, number] => [word, FIRST_PERSON]),
  ...TEMPORAL_WORDS.map((word): [string, number] => [word, TEMPORAL]),
  ...MONTHS.filter((month) => !AMBIGUOUS_MONTHS.has(month)).map((month): [string, number] => [
    month,
    TEMPORAL,
  ]),
]);

export const findTrait = (word: string): number => TRAITS.get(word) ?? 0;

export function punctuationTraits(text: string): number {
  return text.includes('?')
    ? HAS_QUESTION | (text.trimEnd().endsWith('?') ? ENDS_WITH_QUESTION : 0)
    : 0;
}
