// Proofs of a request's credential and user. The database checks them in each transaction; when one
// has changed, it is looked up again.
import { AccessErrors, ServerErrors } from '../errors/index.js';

/** A counter in the database, which grows when a cached look-up changes. */
export interface Epoch {
  readonly slot: number;
  readonly number: number;
}

/** A cached look-up, with the counter at its time. */
export interface Proof {
  readonly epoch: Epoch;
  /**
   * Looks it up again. @returns the new proof, or null when it no longer holds
   * @throws AppError 409 when it now stands for another user
   */
  renew(): Promise<Proof | null>;
  /**
   * Whether it still holds. It is answered from the cache, from which changes are removed within a
   * second.
   */
  holds(): Promise<boolean>;
}

/**
 * The parameters of a transaction's first statement: slot and number of the key, and of the user.
 */
export type IdentityValues = readonly (string | null)[];

export const NO_IDENTITY: IdentityValues = [null, null, null, null];

/** A request that needs more renewals gets 503. */
const MAX_RENEWALS = 20;

/**
 * The identity of a request's scope. The database refuses its transactions when either proof is out
 * of date.
 */
export class Identity {
  private renewals = 0;
  private renewing: Promise<void> | undefined;
  private compared: IdentityValues;

  constructor(
    private key: Proof | undefined,
    private user: Proof | undefined,
  ) {
    this.compared = valuesOf(key, user);
  }

  /** Takes the proof of a user whom this request has created. */
  adoptUser(user: Proof): void {
    this.user = user;
    this.compared = valuesOf(this.key, user);
  }

  get values(): IdentityValues {
    return this.compared;
  }

  /**
   * Call it when a transaction was refused; the transaction may then be repeated.
   * @throws AppError 401 when the credential is no longer valid, 409 when the name now belongs to
   * another user, 503 after too many renewals
   */
  renew(): Promise<void> {
    return (this.renewing ??= this.lookUp().finally(() => (this.renewing = undefined)));
  }

  /**
   * Checks both at a low cost, for what goes on long after its request.
   * @throws AppError as `renew`
   */
  async check(): Promise<void> {
    if (this.key && !(await this.key.holds())) throw AccessErrors.unauthenticated();
    if (this.user && !(await this.user.holds())) throw userChanged();
  }

  private async lookUp(): Promise<void> {
    if (++this.renewals > MAX_RENEWALS) throw ServerErrors.unavailable({ retryAfter: 1 });
    const key = this.key && (await this.key.renew());
    if (key === null) throw AccessErrors.unauthenticated();
    const user = this.user && (await this.user.renew());
    if (user === null) throw userChanged();
    this.key = key;
    this.user = user;
    this.compared = valuesOf(key, user);
  }
}

/** The name or the credential of the request belongs to another user since it was looked up. */
export const userChanged = () => AccessErrors.userChanged({ retryAfter: 0, detail: SEND_AGAIN });

const SEND_AGAIN = 'Nothing was done. Send the request again: it is for whoever has that name now.';

const valuesOf = (key?: Proof, user?: Proof): IdentityValues => [...pair(key), ...pair(user)];

const pair = (proof?: Proof): IdentityValues =>
  proof ? [String(proof.epoch.slot), String(proof.epoch.number)] : [null, null];
