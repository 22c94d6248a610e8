// What a request's `Cache-Control` says about replies of models (RFC 9111, 5.2.1).

export interface CacheControl {
  /** False for `no-store`: the reply is neither looked for nor kept. */
  isKept: boolean;
  /** Older replies are not wanted; null when age does not matter, 0 for `no-cache`. */
  maxAgeSeconds: number | null;
}

/** Directives that it does not know are left out, as the standard asks. */
export function readCacheControl(header: unknown): CacheControl {
  const directives = (typeof header === 'string' ? header : '')
    .toLowerCase()
    .split(',')
    .map((directive) => directive.trim());
  const ages = directives.flatMap((directive) => {
    if (directive === 'no-cache') return [0];
    const [, seconds] = /^max-age="?(\d{1,10})"?$/.exec(directive) ?? [];
    return seconds === undefined ? [] : [Number(seconds)];
  });
  return {
    isKept: !directives.includes('no-store'),
    maxAgeSeconds: ages.length > 0 ? Math.min(...ages) : null,
  };
}
