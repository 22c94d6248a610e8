// Whose rows the current work may touch: one user's, or, with a stated reason, the system's.
import type { Identity, Proof } from './identity.js';

/** Runs inside the first write of a user who does not exist yet; throws SupersededScopeError when somebody else made the user first. */
export type Provision = (
  query: (text: string, values: unknown[]) => Promise<unknown[]>,
) => Promise<void>;

export class UserScope {
  readonly kind = 'user';
  /** Set for a request: what its transactions are refused by. */
  identity: Identity | undefined;
  private pending: Provision | undefined;

  constructor(
    private id: string,
    provision?: Provision,
    /** That the user is the one who was named. */
    readonly proof?: Proof,
  ) {
    this.pending = provision;
  }

  get userId(): string {
    return this.id;
  }

  /** Set while the user has no row: the first write must create it in its own transaction. */
  get provision(): Provision | undefined {
    return this.pending;
  }

  /** The user exists now, under this id. The only way a scope may change, and only once. */
  settle(userId: string): void {
    if (!this.pending) throw new Error('this scope is sealed');
    this.id = userId;
    this.pending = undefined;
  }
}

export interface SystemScope {
  readonly kind: 'system';
  /** Logged, so that every unscoped transaction can be explained. */
  readonly reason: string;
  /** Set for a request of a service key that acts for nobody. */
  readonly identity?: Identity;
}

export type Scope = UserScope | SystemScope;

/** Thrown where no scope was sealed: a programming error, answered with 500 and never with somebody's rows. */
export class ScopeMissingError extends Error {
  override readonly name = 'ScopeMissingError';
  constructor() {
    super('no user scope: open one with the guard, runAsUser or runAsSystem');
  }
}

/** The user was created by a concurrent request, whose id can be asked for once this transaction is over. */
export class SupersededScopeError extends Error {
  override readonly name = 'SupersededScopeError';
  constructor(readonly winner: () => Promise<string>) {
    super('the user was created by a concurrent request');
  }
}
