// Whose data are shown, as every page and dialog of a user says it.
import { type ComponentChildren, createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { useLoad } from './loading.js';
import { type Session, useSession } from './session.js';
import { nameOf } from './texts.js';
import { ThreadkeepError, type UserInfo } from '../../../clients/typescript/src/index.js';

/** What the service knows of the named user; null while that is not known. */
type Found = UserInfo | 'no-such-user' | null;

const FoundUser = createContext<Found>(null);

/** Asks the service for the user that a service key names. It begins anew for another user. */
export function FindShownUser({ children }: { children: ComponentChildren }) {
  const session = useSession();
  const found = useLoad((signal) => find(session, signal), [session.userName]);
  const value = found.state === 'loaded' ? found.value : null;
  return <FoundUser.Provider value={value}>{children}</FoundUser.Provider>;
}

const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** A name is an id of the service, or the application's own id of the user. */
async function find({ service, userName }: Session, signal: AbortSignal): Promise<Found> {
  if (userName === null) return null;
  const own = `key:${userName.replace(/^external:/, '')}`;
  for (const id of ID.test(userName) ? [userName, own] : [own]) {
    try {
      return await service.users.get(id, { signal });
    } catch (error) {
      if (!(error instanceof ThreadkeepError) || error.status !== 404) throw error;
    }
  }
  return 'no-such-user';
}

/** The user whose data are shown, as text; null when no user is named. */
export function useShownUser(): string | null {
  const { kind, userName, ownName } = useSession();
  const found = useContext(FoundUser);
  if (kind === 'user') return ownName ?? 'the user of this key';
  if (userName === null || found === null || found === 'no-such-user') return userName;
  const name = nameOf(found);
  return name === userName ? name : `${userName} (${name})`;
}

/** Says that the named user is none, so that nobody takes it for one without data. */
export function NoSuchUser() {
  const { userName } = useSession();
  if (useContext(FoundUser) !== 'no-such-user') return null;
  return (
    <p class="failure" role="alert">
      There is no user “{userName}”. A write would make one.
    </p>
  );
}
