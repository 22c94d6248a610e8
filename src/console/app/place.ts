// Where in the console somebody is, as the part of the address behind `#`. It never has a key.
import { useEffect, useState } from 'preact/hooks';

export interface Place {
  /** Decoded segments: `['conversations', id]`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** Reads the part behind `#`; a segment that cannot be decoded stays as it is. */
export function placeIn(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { path: path.split('/').filter(Boolean).map(decoded), query: new URLSearchParams(query) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** A page gets the segments behind its name, and the query. */
export interface PageProps {
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
}

type Query = Readonly<Record<string, string | number | undefined>>;

/** The address of a place, for links. What is undefined or empty is left out of the query. */
export function linkTo(path: readonly string[], query: Query = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  const search = new URLSearchParams(given).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${search && `?${search}`}`;
}

export const goTo = (link: string): void => {
  location.hash = link;
};

export function usePlace(): Place {
  const [place, setPlace] = useState(() => placeIn(location.hash));
  useEffect(() => {
    const moved = () => setPlace(placeIn(location.hash));
    addEventListener('hashchange', moved);
    return () => removeEventListener('hashchange', moved);
  }, []);
  return place;
}
