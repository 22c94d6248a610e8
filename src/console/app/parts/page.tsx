import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Loaded } from '../loading.js';
import { NoSuchUser, useShownUser } from '../shown-user.js';
import { FailureNote } from './failure.js';

interface PageProps {
  title: string;
  /** Whether it shows data of the shown user, whom the heading then names. */
  isOfUser?: boolean;
  /** Shown beside the title. */
  aside?: ComponentChildren;
  children: ComponentChildren;
}

/** A page with its heading, which gets the focus, so that a screen reader reads it. */
export function Page({ title, isOfUser = false, aside, children }: PageProps) {
  const user = useShownUser();
  const whose = isOfUser ? user : null;
  const fullTitle = whose === null ? title : `${title} of ${whose}`;
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus({ preventScroll: true }), []);
  useLayoutEffect(() => {
    document.title = `${fullTitle} · Threadkeep`;
  }, [fullTitle]);
  return (
    <>
      <header class="page">
        <h1 ref={heading} tabIndex={-1}>
          {title}
          {whose !== null && (
            <span class="whose">
              {' '}
              of user <b>{whose}</b>
            </span>
          )}
        </h1>
        {aside}
      </header>
      {isOfUser && <NoSuchUser />}
      {children}
    </>
  );
}

interface ShownProps<T> {
  of: Loaded<T> & { readonly reload?: () => void };
  /** What a screen reader says once it is loaded, such as how much a search found. */
  said?: (value: T) => ComponentChildren;
  children: (value: T) => ComponentChildren;
}

/** Shows what was loaded, or that it is being loaded, or why it was not. */
export function Shown<T>({ of, said, children }: ShownProps<T>) {
  return (
    <>
      <div role="status">
        {of.state === 'loading' && <p class="hint">Loading…</p>}
        {of.state === 'loaded' && said?.(of.value)}
      </div>
      {of.state === 'failed' && (
        <FailureNote error={of.error} {...(of.reload ? { retry: of.reload } : {})} />
      )}
      {of.state === 'loaded' && children(of.value)}
    </>
  );
}
