// The vocabulary of errors in bodies: each message about a field is one of these phrases.

const phrases: string[] = [];

/** Declares a phrase; each `{}` stands for a value. */
function phrase(text: string): (...values: (string | number)[]) => string {
  phrases.push(text);
  return (...values) => {
    let next = 0;
    return text.replaceAll('{}', () => String(values[next++]));
  };
}

const integer = phrase('must be an integer of at least {} and at most {}');
const number = phrase('must be a number of at least {} and at most {}');
const oneOf = phrase('must be one of {}');
const someOf = phrase('must be one or several of {}');
const exactlyOneOf = phrase('must have exactly one of {}');

export const words = {
  required: phrase('is required')(),
  unknown: phrase('is not a known field')(),
  unknownNear: phrase('is not a known field; did you mean {}?'),
  exactlyOneOf: (names: readonly string[]) => exactlyOneOf(names.join(', ')),

  text: phrase('must be text')(),
  textOr: phrase('must be text or {}'),
  flag: phrase('must be true or false')(),
  list: phrase('must be a list')(),
  object: phrase('must be a JSON object')(),
  objectOfBytes: phrase('must be a JSON object of at most {} bytes'),
  anyNumber: phrase('must be a number')(),
  number: (min: number, max: number) => number(min, max),
  integer: (min = -Number.MAX_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER) => integer(min, max),
  oneOf: (values: readonly unknown[]) => oneOf(values.join(', ')),
  someOf: (values: readonly unknown[]) => someOf(values.join(', ')),
  uuid: phrase('must be a UUID')(),
  email: phrase('must be an email address')(),
  time: phrase('must be an RFC 3339 time with a time zone')(),
  timeAnd: phrase('must be an RFC 3339 time with a time zone, {}'),
  notAhead: phrase('must not be more than {} hours in the future'),
  /** What a pattern means, with an example: `must be lower-case letters, such as en`. */
  suchAs: phrase('must be {}, such as {}'),

  noNul: phrase('text contains a NUL character')(),
  noLoneSurrogate: phrase('text contains a lone surrogate')(),
  inexactNumber: phrase('the number {} cannot be kept exactly; send it as a string'),
  inFormat: phrase('must be in the format {}'),

  notBlank: phrase('must not be blank')(),
  notEmpty: phrase('must not be empty')(),
  minCharacters: phrase('must be at least {} characters'),
  maxCharacters: phrase('must be at most {} characters'),
  maxBytes: phrase('must be at most {} bytes'),
  maxJsonBytes: phrase('must be at most {} bytes as JSON'),
  minItems: phrase('must have at least {} items'),
  maxItems: phrase('must have at most {} items'),
  uniqueItems: phrase('must have each item once')(),
  maxFields: phrase('must have at most {} fields'),
  maxLevels: phrase('must have at most {} levels of or and not'),
  maxConditions: phrase('must have at most {} conditions'),
  scalar: phrase('must be text, a number, true or false')(),
  textOrNumber: phrase('must be text or a number')(),
  maxValues: phrase('must have at most {} values'),
  maxItemsTogether: phrase('must ask for at most {} items together with the other reads'),
  notBesideReads: phrase('must stand in a request without reads')(),
  /** A fault of one item that is reported at its list. */
  eachItem: (message: string) => `each item ${message}`,
} as const;

/** A pattern for each phrase: a message is in the vocabulary when one of them matches it. */
export const VOCABULARY: readonly RegExp[] = phrases.map((text) => {
  const literal = text.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&');
  return new RegExp(`^(each item )?${literal.replaceAll('{}', '.+')}$`);
});
