// The whole console: signing in, the navigation, and the page of the place.
import { useState } from 'preact/hooks';
import { Navigation } from './navigation.js';
import { PageAt } from './pages.js';
import { usePlace } from './place.js';
import { Control, lookingAt, type Session } from './session.js';
import { FindShownUser } from './shown-user.js';
import { SignIn } from './sign-in.js';

export function App() {
  const [session, setSession] = useState<Session | null>(null);
  const [hasSignedOut, setSignedOut] = useState(false);
  const place = usePlace();
  if (session === null) return <SignIn hasSignedOut={hasSignedOut} onSession={setSession} />;
  const control = {
    session,
    lookAt: (userName: string | null) => setSession(lookingAt(session, userName)),
    signOut: () => {
      setSession(null);
      setSignedOut(true);
      location.hash = '';
    },
  };
  const { userName } = session;
  return (
    <Control.Provider value={control}>
      <a class="skip" href="#main" onClick={focusMain}>
        Skip to the page
      </a>
      <Navigation place={place} />
      <main id="main" tabIndex={-1}>
        <FindShownUser key={JSON.stringify(userName)}>
          <PageAt key={JSON.stringify([userName, ...place.path])} place={place} />
        </FindShownUser>
      </main>
    </Control.Provider>
  );
}

/** A link to `#main` would be another place. */
function focusMain(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
