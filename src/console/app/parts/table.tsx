import type { ComponentChildren } from 'preact';
import type { Pages } from '../loading.js';
import { countText } from '../texts.js';
import { FailureNote } from './failure.js';

export interface Column<T> {
  readonly name: string;
  readonly of: (item: T) => ComponentChildren;
  /** Whether its values are short, and are kept in one line where there is room. */
  readonly isNarrow?: true;
}

interface TableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  items: readonly T[];
  idOf: (item: T) => string | number;
}

/** A table. On a phone each row becomes a block, and the roles keep what it is. */
export const Table = <T,>({ label, columns, items, idOf }: TableProps<T>) => (
  <table role="table" aria-label={label}>
    <thead role="rowgroup">
      <tr role="row">
        {columns.map(({ name }) => (
          <th key={name} role="columnheader" scope="col">
            {name}
          </th>
        ))}
      </tr>
    </thead>
    <tbody role="rowgroup">
      {items.map((item) => (
        <tr key={idOf(item)} role="row">
          {columns.map(({ name, of, isNarrow }) => (
            <td key={name} role="cell" data-label={name} class={isNarrow && 'narrow'}>
              <div>{of(item)}</div>
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
);

interface ListedProps<T> extends Omit<TableProps<T>, 'items'> {
  pages: Pages<T>;
  /** Said when there is nothing. */
  empty: string;
}

/** A table of the pages of a list, with a button for the next one. */
export function Listed<T>({ pages, empty, ...table }: ListedProps<T>) {
  const { items, state, error, more, reload } = pages;
  return (
    <>
      {items.length > 0 && <Table {...table} items={items} />}
      <div role="status">
        {state === 'loading' && <p class="hint">Loading…</p>}
        {state === 'loaded' && items.length === 0 && <p class="hint">{empty}</p>}
        {state === 'loaded' && items.length > 0 && (
          <p class="unseen">{countText(items.length, 'row')} shown</p>
        )}
      </div>
      {state === 'failed' && <FailureNote error={error} retry={reload} />}
      {more !== undefined && <button onClick={more}>More</button>}
    </>
  );
}
