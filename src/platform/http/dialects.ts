// Manners of the routes that speak the dialect of another API, whose clients are as they are.

/** All of them are below this path. */
const DIALECTS = '/compat/';

export const isDialect = (path: string): boolean => path.startsWith(DIALECTS);

/** Some clients end paths of dialects with a slash. Any other path with one is a 404. */
export function withoutLastSlash(url: string): string {
  if (!isDialect(url)) return url;
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  return path.endsWith('/') ? path.slice(0, -1) + url.slice(path.length) : url;
}
