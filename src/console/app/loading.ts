// Loading what a page shows.
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { List } from '../../../clients/typescript/src/index.js';

export type Loaded<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: unknown }
  | { readonly state: 'loaded'; readonly value: T };

export type Reloadable<T> = Loaded<T> & { readonly reload: () => void };

/**
 * Loads when the page opens, and again when a dependency changes. An answer that comes after that
 * is not shown.
 */
export function useLoad<T>(
  load: (signal: AbortSignal) => Promise<T>,
  dependencies: readonly unknown[],
): Reloadable<T> {
  const [round, setRound] = useState(0);
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: 'loading' });
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const show = (next: Loaded<T>) => {
      if (!signal.aborted) setLoaded(next);
    };
    setLoaded({ state: 'loading' });
    load(signal).then(
      (value) => show({ state: 'loaded', value }),
      (error: unknown) => show({ state: 'failed', error }),
    );
    return () => abort.abort();
  }, [...dependencies, round]);
  const reload = useCallback(() => setRound((last) => last + 1), []);
  return { ...loaded, reload };
}

export interface Pages<T> {
  readonly items: readonly T[];
  readonly state: 'loading' | 'failed' | 'loaded';
  readonly error: unknown;
  /** Loads the next page; undefined on the last one. */
  readonly more: (() => void) | undefined;
  readonly reload: () => void;
}

interface Shown<T> {
  items: readonly T[];
  state: Pages<T>['state'];
  error?: unknown;
  next: string | null;
}

const NOTHING = { items: [], state: 'loading', next: null } as const;

/** Loads the first page of a list, and each next one when it is asked for. */
export function usePages<T>(list: () => List<T>, dependencies: readonly unknown[]): Pages<T> {
  const [round, setRound] = useState(0);
  const [cursor, setCursor] = useState<string | undefined>(undefined);
  const [shown, setShown] = useState<Shown<T>>(NOTHING);
  const asked = JSON.stringify([...dependencies, round]);
  const [answered, setAnswered] = useState(asked);
  if (answered !== asked) {
    setAnswered(asked);
    setCursor(undefined);
    setShown(NOTHING);
  }
  useEffect(() => {
    let isCurrent = true;
    const show = (next: (last: Shown<T>) => Shown<T>) => {
      if (isCurrent) setShown(next);
    };
    show((last) => ({ ...last, state: 'loading' }));
    list()
      .page(cursor)
      .then(
        ({ data, nextCursor }) =>
          show(({ items }) => ({ items: [...items, ...data], state: 'loaded', next: nextCursor })),
        (error: unknown) => show((last) => ({ ...last, state: 'failed', error })),
      );
    return () => {
      isCurrent = false;
    };
  }, [asked, cursor]);
  const { items, state, error, next } = shown;
  const more = state === 'loaded' && next !== null ? () => setCursor(next) : undefined;
  return { items, state, error, more, reload: () => setRound((last) => last + 1) };
}
