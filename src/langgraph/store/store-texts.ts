// What of a value a search by words looks at.

export const MAX_SEARCH_TEXT = 8_192;
/** Values that are looked at: of a larger one the first. */
const MAX_VALUES = 2_000;

/**
 * The texts and numbers of a value, each on a line; null for none.
 * @param index paths such as `title`, `author.name`, `chapters[*].text` and `tags[0]`; all of the
 *   value without it, and nothing of it for an empty list
 */
export function searchTextOf(value: unknown, index: readonly string[] | null): string | null {
  const roots = index === null ? [value] : index.flatMap((path) => valuesAt(value, path));
  const text = scalarsOf(roots).join('\n');
  return text === ''
    ? null
    : [...text.slice(0, 2 * MAX_SEARCH_TEXT)].slice(0, MAX_SEARCH_TEXT).join('');
}

/** At most `MAX_VALUES`, as after each step on the way. */
function valuesAt(value: unknown, path: string): unknown[] {
  if (path === '$') return [value];
  let found = [value];
  for (const token of path.replaceAll('[', '.[').split('.').filter(Boolean)) {
    const next: unknown[] = [];
    for (const one of found) {
      if (next.length >= MAX_VALUES) break;
      next.push(...stepsInto(one, token));
    }
    found = next.slice(0, MAX_VALUES);
  }
  return found;
}

function stepsInto(value: unknown, token: string): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (token === '[*]' || token === '*') return firstOf(value);
  const name = Array.isArray(value) ? /^\[(-?\d{1,9})\]$/.exec(token)?.[1] : token;
  if (name === undefined) return [];
  const found: unknown = Array.isArray(value)
    ? value.at(Number(name))
    : Object.hasOwn(value, name)
      ? (value as Record<string, unknown>)[name]
      : undefined;
  return found === undefined ? [] : [found];
}

/** The first values of an object or list. */
const firstOf = (value: object): unknown[] =>
  Array.isArray(value)
    ? value.slice(0, MAX_VALUES)
    : Object.keys(value)
        .slice(0, MAX_VALUES)
        .map((name) => (value as Record<string, unknown>)[name]);

/** In their order, without recursion: a value may have many levels. */
function scalarsOf(roots: unknown[]): string[] {
  const texts: string[] = [];
  const open = roots.toReversed();
  for (let seen = 0; open.length > 0 && seen < MAX_VALUES; seen++) {
    const next = open.pop();
    if (typeof next === 'string' || typeof next === 'number') texts.push(String(next));
    else if (typeof next === 'object' && next !== null) open.push(...firstOf(next).reverse());
  }
  return texts;
}
