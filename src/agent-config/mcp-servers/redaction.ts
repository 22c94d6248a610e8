// Removes secrets from what an MCP server answers, in case it repeats them.

/**
 * Shorter secrets are not replaced. They also occur in texts by chance, and the replacement would
 * then show what the secret is.
 */
const MIN_SECRET_CHARACTERS = 6;

/** Replaces secrets by `***` in all texts of a value, keys included. */
export function redacted<T>(value: T, secrets: string[]): T {
  // Longest first: a shorter secret may be part of a longer one.
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

/**
 * Returns the forms in which a secret may appear: as stored, without its scheme, decoded from
 * Basic, and URL-encoded.
 */
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
