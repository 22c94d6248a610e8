// Who calls, and the seam through which the users module says so: the platform knows no key, password or JWT.
import type { UserScope } from './scope.js';

export interface Principal {
  /** A service key may act for any user it names, or for the system; a user credential is one user. */
  readonly kind: 'service' | 'user';
  /** Set for a user credential. */
  readonly userId: string | null;
  /** The key or token that was shown, for the audit log. */
  readonly credentialId: string;
  readonly readOnly: boolean;
}

/** Longest externalId, in characters. */
export const EXTERNAL_ID_MAX = 255;

type Eventually<T> = T | Promise<T>;

/** Knows the credentials that are in use without asking anybody: `recall` runs once in every request. */
export abstract class CredentialVerifier {
  /** What is known of a bearer token: its principal, null when it is nobody's, undefined when it must be looked up. */
  abstract recall(token: string): Principal | null | undefined;
  /** The principal for a bearer token, or null when the token is unknown, revoked or expired. */
  abstract verify(token: string): Eventually<Principal | null>;
  /** Whether the token was valid when it was last looked up: such a one may be looked up again however many guesses its address has made. */
  abstract wasValid(token: string): boolean;
}

export abstract class UserDirectory {
  /**
   * The scope for a user id or externalId named by a service key: an existing user, a user to be created by the first
   * write, or null when there is none and users are not created automatically.
   */
  abstract resolve(reference: string): Eventually<UserScope | null>;
}
