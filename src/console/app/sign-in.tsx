import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { sentValues } from './form.js';
import { wasReloaded } from './newer-version.js';
import { FailureNote } from './parts/failure.js';
import { type Session, signIn } from './session.js';

/** Characters that a header can have, and so each key. */
const KEY = /^[\x21-\x7e]+$/;

interface SignInProps {
  /** Gives the focus to the field of the key. */
  hasSignedOut: boolean;
  onSession: (session: Session) => void;
}

/** Asks for an API key. The fields are read when the form is sent, and kept nowhere else. */
export function SignIn({ hasSignedOut, onSession }: SignInProps) {
  const keyField = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    document.title = 'Sign in · Threadkeep';
    if (hasSignedOut) keyField.current?.focus();
  }, []);
  const [isNoKey, setNoKey] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    const text = sentValues(event);
    setError(null);
    setNoKey(!KEY.test(text('key')));
    if (!KEY.test(text('key'))) return;
    setBusy(true);
    try {
      onSession(await signIn(text('key'), text('user') || null));
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <h1>Threadkeep console</h1>
      <p>
        Sign in with an API key. It stays in this page, and is gone when you reload or close it.
      </p>
      {wasReloaded && <NewerVersionNote />}
      <form onSubmit={(event) => void submit(event)} autocomplete="off">
        <label for="key">API key</label>
        <input
          ref={keyField}
          id="key"
          name="key"
          type="password"
          required
          autocomplete="off"
          spellcheck={false}
        />
        <label for="user">User to look at (optional, for a service key)</label>
        <input id="user" name="user" autocomplete="off" spellcheck={false} />
        <p class="hint">Their id here, or your own id of them.</p>
        <button type="submit" class="primary" disabled={isBusy}>
          {isBusy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
      {isNoKey && (
        <p class="failure" role="alert">
          This is no API key: it has a space or a character that no key has, such as “…”. Paste the
          whole key, as it was shown when it was made.
        </p>
      )}
      {error !== null && <FailureNote error={error} />}
    </main>
  );
}

const NewerVersionNote = () => (
  <p class="refusal" role="status">
    A newer release runs, so the console was loaded again. Please sign in once more.
  </p>
);
