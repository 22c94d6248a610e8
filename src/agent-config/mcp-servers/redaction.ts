// A server may say what it was told. It is not passed on.

/** Shorter ones are in many texts by chance, and to take them out would tell what they are. */
const MIN_SECRET_CHARACTERS = 6;

/** The same with no secret in any text of it, keys included. */
export function redacted<T>(value: T, secrets: string[]): T {
  // The longest first: a shorter one may be a part of it.
  const hidden = secrets
    .flatMap(formsOf)
    .filter(({ length }) => length >= MIN_SECRET_CHARACTERS)
    .sort((a, b) => b.length - a.length);
  const text = (part: string): string =>
    hidden.reduce((rest, secret) => rest.replaceAll(secret, '***'), part);
  const within = (part: unknown): unknown => {
    if (typeof part === 'string') return text(part);
    if (Array.isArray(part)) return part.map(within);
    if (part && typeof part === 'object')
      return Object.fromEntries(Object.entries(part).map(([key, one]) => [text(key), within(one)]));
    return part;
  };
  return hidden.length === 0 ? value : (within(value) as T);
}

/** As it is, without the name of its scheme, as it stands in an address, and what Basic wraps. */
function formsOf(secret: string): string[] {
  const bare = secret.replace(/^\w+ /, '');
  const unwrapped = /^basic /i.test(secret) ? [Buffer.from(bare, 'base64').toString()] : [];
  const forms = [secret, bare, ...unwrapped];
  return [
    ...forms,
    ...forms.map(encodeURIComponent),
    ...forms.map((form) => String(new URLSearchParams([['', form]])).slice(1)),
  ];
}
