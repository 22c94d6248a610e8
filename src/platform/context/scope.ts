// The scope of the current work: the rows of one user or, for a stated reason, of the system.
import type { Identity, Proof } from './identity.js';

/**
 * Creates the user inside the first write, and proves that there is one. Throws SupersededScopeError
 * when another request created the user first.
 */
export type Provision = (
  query: (text: string, values: unknown[]) => Promise<unknown[]>,
) => Promise<Proof>;

export class UserScope {
  readonly kind = 'user';
  /** The identity of a request. The database refuses its transactions when it is out of date. */
  identity: Identity | undefined;
  private pending: Provision | undefined;

  constructor(
    private id: string,
    provision?: Provision,
    /** Proof that the user still has the name in the request. */
    readonly proof?: Proof,
  ) {
    this.pending = provision;
  }

  get userId(): string {
    return this.id;
  }

  /**
   * The function that creates the user; undefined when the user has a row. The first write calls it
   * in the same transaction, before it writes anything else.
   */
  get provision(): Provision | undefined {
    return this.pending;
  }

  /**
   * Sets the final id of a user who now exists. The only way a scope may change, and only once.
   * @param proof later transactions are compared with it
   */
  settle(userId: string, proof: Proof): void {
    if (!this.pending) throw new Error('this scope is sealed');
    this.id = userId;
    this.identity?.adoptUser(proof);
    this.pending = undefined;
  }
}

export interface SystemScope {
  readonly kind: 'system';
  /** The reason, which is logged. */
  readonly reason: string;
  /** Set for a request of a service key that acts for no user. */
  readonly identity?: Identity;
}

export type Scope = UserScope | SystemScope;

/** Stands for the service. No user id has this form. */
const SERVICE = 'service';

/** The owner of what is created in the scope: a user's id, or `service`. */
export const ownerOf = (scope: Scope): string => (scope.kind === 'user' ? scope.userId : SERVICE);

/** The scope that this work needs was not sealed: a programming error. The answer is 500. */
export class ScopeMissingError extends Error {
  override readonly name = 'ScopeMissingError';
  constructor(message = 'no user scope: open one with the guard, runAsUser or runAsSystem') {
    super(message);
  }
}

/** A concurrent request created the user. Ask for its id after this transaction has ended. */
export class SupersededScopeError extends Error {
  override readonly name = 'SupersededScopeError';
  constructor(readonly winner: () => Promise<{ id: string; proof: Proof }>) {
    super('the user was created by a concurrent request');
  }
}
