// The caller of a request. The users module implements these classes: the platform knows no key,
// password or JWT.
import type { Proof } from './identity.js';
import type { KeyScope } from './key-scopes.js';
import type { UserScope } from './scope.js';

export interface Principal {
  /**
   * A service key may act for any user that it names, or for the system. A user credential acts for
   * one user.
   */
  readonly kind: 'service' | 'user';
  /** Set for a user credential. */
  readonly userId: string | null;
  /** The id of the key, for the audit log. For a JSON Web Token, the id of its user. */
  readonly credentialId: string;
  /** Set for a user who has signed in here. */
  readonly sessionId?: string;
  readonly readOnly: boolean;
  readonly scopes: ReadonlySet<KeyScope>;
  /** Proof that the credential is valid. The database checks it in each transaction. */
  readonly proof?: Proof;
}

type Eventually<T> = T | Promise<T>;

/** Verifies credentials. `recall` answers from memory, and runs once in every request. */
export abstract class CredentialVerifier {
  /**
   * @returns the cached principal of a bearer token; null when the token is invalid; undefined when
   * it must be looked up
   */
  abstract recall(token: string): Principal | null | undefined;
  /**
   * Looks a bearer token up, at a bounded cost for any number of calls.
   * @returns null when the token is unknown, revoked or expired
   */
  abstract verify(token: string): Eventually<Principal | null>;

  /** Records that the credential was used from this address. Does not wait. */
  used?(principal: Principal, address: string): void;
}

export abstract class UserDirectory {
  /**
   * Gives the scope of the user in the Threadkeep-User header: an existing user, or one that the
   * first write creates.
   * @returns null when there is none, and none may be created under this name
   */
  abstract resolve(reference: string): Eventually<UserScope | null>;
}
