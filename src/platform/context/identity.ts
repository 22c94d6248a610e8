// As of when it is known whose credential a request shows and whom it names, and how that is found
// out again when the database says that it has changed.
import { AccessErrors, ServerErrors } from '../errors/index.js';

/** A counter of the database: it is counted up whenever what was looked up under it changes. */
export interface Epoch {
  readonly slot: number;
  readonly number: number;
}

/** What was looked up as of an epoch. */
export interface Proof {
  readonly epoch: Epoch;
  /** Looks it up again: the new proof of the same, or null when it no longer holds. */
  renew(): Promise<Proof | null>;
}

/** What the opening of a transaction compares, as parameters: slot and number of the key, and of the user. */
export type IdentityValues = readonly (string | null)[];

export const NO_IDENTITY: IdentityValues = [null, null, null, null];

/** Renewals of one request, after which it hears 503: it would meet changes for ever. */
const MAX_RENEWALS = 20;

/** Bound to the scope of a request: its transactions are refused when either proof is out of date. */
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

  get values(): IdentityValues {
    return this.compared;
  }

  /**
   * Call when a transaction was refused; it may be run again then.
   * @throws AppError 401 when the credential is no longer valid, 409 when the user is no longer the
   * one who was named, 503 when changes do not come to an end
   */
  renew(): Promise<void> {
    return (this.renewing ??= this.lookUp().finally(() => (this.renewing = undefined)));
  }

  private async lookUp(): Promise<void> {
    if (++this.renewals > MAX_RENEWALS) throw ServerErrors.unavailable({ retryAfter: 1 });
    const key = this.key && (await this.key.renew());
    if (key === null) throw AccessErrors.unauthenticated();
    const user = this.user && (await this.user.renew());
    if (user === null) throw AccessErrors.userChanged({ retryAfter: 0, detail: SEND_AGAIN });
    this.key = key;
    this.user = user;
    this.compared = valuesOf(key, user);
  }
}

const SEND_AGAIN = 'Nothing was done. Send the request again: it is for whoever has that name now.';

const valuesOf = (key?: Proof, user?: Proof): IdentityValues => [...pair(key), ...pair(user)];

const pair = (proof?: Proof): IdentityValues =>
  proof ? [String(proof.epoch.slot), String(proof.epoch.number)] : [null, null];
