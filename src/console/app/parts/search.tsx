import type { ComponentChildren } from 'preact';
import { sentValues } from '../form.js';

export interface SearchField {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  /** Offers these values, and none. */
  readonly options?: readonly string[];
}

interface SearchProps {
  label: string;
  fields: readonly SearchField[];
  onSearch: (values: Record<string, string>) => void;
  children?: ComponentChildren;
}

/** A form that asks for a part of a list. */
export function Search({ label, fields, onSearch, children }: SearchProps) {
  const submit = (event: SubmitEvent) => {
    const text = sentValues(event);
    onSearch(Object.fromEntries(fields.map(({ name }) => [name, text(name)])));
  };
  return (
    <form class="search" role="search" aria-label={label} onSubmit={submit}>
      {fields.map((field) => (
        <label key={field.name}>
          {field.label}
          {field.options ? (
            <select name={field.name} defaultValue={field.value}>
              <option value="">any</option>
              {field.options.map((option) => (
                <option key={option} value={option} selected={option === field.value}>
                  {option}
                </option>
              ))}
            </select>
          ) : (
            <input name={field.name} defaultValue={field.value} autocomplete="off" />
          )}
        </label>
      ))}
      <button type="submit">Search</button>
      {children}
    </form>
  );
}
