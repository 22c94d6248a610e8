// Who is signed in. The key lives in memory only: closing or reloading the page forgets it.
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { Threadkeep, ThreadkeepError, type User } from '../../../clients/typescript/src/index.js';
import { nameOf } from './texts.js';

/** What kind of key is signed in. A user key shows its own user only. */
export type KeyKind = 'service' | 'user';

export interface Session {
  readonly kind: KeyKind;
  /** The service, for no user. */
  readonly service: Threadkeep;
  /** The user whose data are shown, as a service key names them; null shows none. */
  readonly userName: string | null;
  /** Calls for the shown user; null while a service key has none. */
  readonly user: User | null;
  /** What the user of a user key is called; null for a service key, and for a key that may not read it. */
  readonly ownName: string | null;
}

export interface SessionControl {
  readonly session: Session;
  /** Shows another user. Only for a service key. */
  readonly lookAt: (userName: string | null) => void;
  readonly signOut: () => void;
}

/** Where the page is, without its last segment: the service may be below a path of a proxy. */
export const baseUrl = (): string => new URL('.', document.baseURI).href.replace(/\/$/, '');

/**
 * Tells by a read what kind of key it is.
 * @throws ThreadkeepError 401 for a key that is not valid
 */
export async function signIn(apiKey: string, userName: string | null): Promise<Session> {
  const service = new Threadkeep({ baseUrl: baseUrl(), apiKey, maxAttempts: 2 });
  const owner = await ownerOf(service);
  return lookingAt({ ...owner, service, userName: null, user: null }, userName);
}

export function lookingAt(session: Session, userName: string | null): Session {
  const { kind, service } = session;
  if (kind === 'user') return { ...session, userName: null, user: service.user() };
  return { ...session, userName, user: userName === null ? null : service.user(userName) };
}

type Owner = Pick<Session, 'kind' | 'ownName'>;

async function ownerOf(service: Threadkeep): Promise<Owner> {
  try {
    return { kind: 'user', ownName: nameOf(await service.user().get()) };
  } catch (error) {
    if (!(error instanceof ThreadkeepError) || error.status === null) throw error;
    if (error.code === 'access.user_required') return { kind: 'service', ownName: null };
    // A key that may not read its user still is one.
    if (error.status === 403) return { kind: 'user', ownName: null };
    throw error;
  }
}

export const Control = createContext<SessionControl | null>(null);

/** Only below a signed-in page. */
export function useControl(): SessionControl {
  const control = useContext(Control);
  if (control === null) throw new Error('Nobody is signed in.');
  return control;
}

export const useSession = (): Session => useControl().session;

/** The calls of the shown user; pages that need them are only shown when there is one. */
export function useUser(): User {
  const { user } = useSession();
  if (user === null) throw new Error('No user is shown.');
  return user;
}
