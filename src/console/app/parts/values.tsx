import type { ComponentChildren } from 'preact';
import { linkTo } from '../place.js';
import { jsonText, timeText } from '../texts.js';

/** A time in UTC, to the second. */
export function Time({ at }: { at: string | null | undefined }) {
  if (!at) return <span class="none">–</span>;
  return (
    <time dateTime={at} title={at}>
      {timeText(at)}
    </time>
  );
}

export const Id = ({ id }: { id: string }) => <code class="id">{id}</code>;

/** A text that may be missing. */
export const Text = ({ of }: { of: string | number | null | undefined }) =>
  of === null || of === undefined || of === '' ? <span class="none">–</span> : <>{of}</>;

/** Any value as JSON. It can be scrolled by the keyboard. */
export const Json = ({ of, label }: { of: unknown; label: string }) => (
  <pre tabIndex={0} role="region" aria-label={label}>
    {jsonText(of)}
  </pre>
);

export const Tags = ({ of }: { of: readonly string[] }) =>
  of.length === 0 ? (
    <Text of={null} />
  ) : (
    <>
      {of.map((tag) => (
        <span class="tag" key={tag}>
          {tag}
        </span>
      ))}
    </>
  );

/** The end of an id tells users apart; the page of the user has all of it. */
export const UserLink = ({ id }: { id: string }) => (
  <a class="mono" href={linkTo(['users', id])}>
    …{id.slice(-8)}
  </a>
);

/** A state with a colour; the text says it, too. */
export const State = ({ of }: { of: string }) => (
  <span class="state" data-state={of}>
    {of.replaceAll('_', ' ')}
  </span>
);

type Fact = readonly [name: string, value: ComponentChildren];

/** Names and values, such as the fields of one thing. */
export const Facts = ({ of }: { of: readonly Fact[] }) => (
  <dl class="facts">
    {of.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);
