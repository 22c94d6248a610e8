// Tells which routes somebody may have meant who called one that is not there.
import { nearName } from '../input/index.js';

/** Segments of a longer path are not compared: no route has so many. */
const MAX_SEGMENTS = 12;
const VERSION = 'v1';
/** What people put before a path of the API. */
const PREFIX = /^(?:api|v1)$/i;

interface KnownPath {
  readonly segments: readonly string[];
  readonly methods: string[];
}

/** The end of a path behind which anything may follow. */
const ANY_REST = '/*';

/** The routes by the number of segments in their paths. */
export class RouteHints {
  private readonly byLength = new Map<number, KnownPath[]>();
  /** Methods by what stands before any rest. */
  private readonly byBeginning = new Map<string, string[]>();

  /** @param titles `METHOD /path`, with parameters as `:name`; `/*` at the end is any rest */
  constructor(titles: Iterable<string>) {
    for (const title of titles) this.add(title);
  }

  /** The methods of a path, in the form of the header `Allow`; empty for an unknown path. */
  methodsOf(path: string): string {
    const segments = segmentsOf(path);
    const methods = this.pathsLike(segments)
      .filter((known) => known.segments.every((one, i) => matches(one, segments[i]!)))
      .flatMap((known) => known.methods);
    for (const [beginning, known] of this.byBeginning)
      if (path.startsWith(beginning) && !segments.includes('..')) methods.push(...known);
    if (methods.includes('GET')) methods.push('HEAD');
    return [...new Set(methods)].sort().join(', ');
  }

  /**
   * The path that was meant: with the one version before it, without slashes behind it, or with one
   * segment spelled as a route spells it.
   */
  near(path: string): string | undefined {
    const segments = segmentsOf(path).slice(0, MAX_SEGMENTS + 1);
    while (segments.length > 1 && segments.at(-1) === '') segments.pop();
    const begin = segments.findIndex((one) => !PREFIX.test(one));
    const versioned = [VERSION, ...(begin < 0 ? [] : segments.slice(begin))];
    for (const known of this.pathsLike(versioned)) {
      const meant = corrected(known, versioned);
      if (meant !== undefined) return meant;
    }
    return undefined;
  }

  add(title: string): void {
    const [method, path] = title.split(' ') as [string, string];
    if (path.endsWith(ANY_REST)) {
      const beginning = path.slice(0, -1);
      const known = this.byBeginning.get(beginning) ?? [];
      return void this.byBeginning.set(beginning, [...known, method]);
    }
    const segments = segmentsOf(path);
    const alike = this.pathsLike(segments);
    const known = alike.find((one) => one.segments.join('/') === segments.join('/'));
    if (known) known.methods.push(method);
    else this.byLength.set(segments.length, [...alike, { segments, methods: [method] }]);
  }

  private pathsLike({ length }: readonly string[]): KnownPath[] {
    return this.byLength.get(length) ?? [];
  }
}

const segmentsOf = (path: string): string[] => path.split('/', MAX_SEGMENTS + 2).slice(1);

const matches = (known: string, segment: string): boolean =>
  known.startsWith(':') ? segment !== '' : known === segment;

/** The path as the route spells it, when at most one segment is spelled in another way. */
function corrected({ segments }: KnownPath, given: readonly string[]): string | undefined {
  const wrong = segments.flatMap((known, i) => (matches(known, given[i]!) ? [] : [i]));
  const [place] = wrong;
  if (place === undefined) return `/${given.join('/')}`;
  const known = segments[place]!;
  if (wrong.length > 1 || nearName(given[place]!, [known]) === undefined) return undefined;
  return `/${given.with(place, known).join('/')}`;
}
