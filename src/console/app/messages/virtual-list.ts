// Preact's side of @tanstack/virtual-core: only the rows near what is seen are in the page.
import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
} from '@tanstack/virtual-core';
import { useLayoutEffect, useReducer, useState } from 'preact/hooks';

type Rows = Virtualizer<HTMLElement, HTMLElement>;

interface VirtualListOptions {
  count: number;
  /** Pixels of a row that was not measured yet. */
  estimatedHeight: number;
  element: () => HTMLElement | null;
}

export function useVirtualList({ count, estimatedHeight, element }: VirtualListOptions): Rows {
  const [, draw] = useReducer((drawn: number) => drawn + 1, 0);
  const options = {
    count,
    overscan: 6,
    getScrollElement: element,
    estimateSize: () => estimatedHeight,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => draw(undefined),
  };
  const [rows] = useState(() => new Virtualizer<HTMLElement, HTMLElement>(options));
  rows.setOptions(options);
  useLayoutEffect(() => rows._didMount(), []);
  useLayoutEffect(() => rows._willUpdate());
  return rows;
}
