// Who calls, and the seam through which the users module says so: the platform knows no key, password or JWT.
import type { Proof } from './identity.js';
import type { KeyScope } from './key-scopes.js';
import type { UserScope } from './scope.js';

export interface Principal {
  /** A service key may act for any user it names, or for the system; a user credential is one user. */
  readonly kind: 'service' | 'user';
  /** Set for a user credential. */
  readonly userId: string | null;
  /** The key or token that was shown, for the audit log. */
  readonly credentialId: string;
  readonly readOnly: boolean;
  readonly scopes: ReadonlySet<KeyScope>;
  /** That the credential is valid, where the database is asked in each transaction whether it still is. */
  readonly proof?: Proof;
}

type Eventually<T> = T | Promise<T>;

/** Knows the credentials that are in use without asking anybody: `recall` runs once in every request. */
export abstract class CredentialVerifier {
  /** What is known of a bearer token: its principal, null when it is nobody's, undefined when it must be looked up. */
  abstract recall(token: string): Principal | null | undefined;
  /** The principal for a bearer token, or null when the token is unknown, revoked or expired. However many are asked for, the cost has a bound. */
  abstract verify(token: string): Eventually<Principal | null>;

  /** Notes, without waiting for anything, that the credential was admitted from this address. */
  used?(principal: Principal, address: string): void;
}

export abstract class UserDirectory {
  /**
   * The scope for a user named by a service key, as in the Threadkeep-User header: an existing user, a user to be created by the first
   * write, or null when there is none and none is created automatically, or under this name.
   */
  abstract resolve(reference: string): Eventually<UserScope | null>;
}
