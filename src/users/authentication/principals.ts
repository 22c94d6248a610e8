// Answers the platform's first question: whose credential is this?
import { Injectable } from '@nestjs/common';
import { CredentialVerifier, type Principal, type Proof } from '../../platform/context/index.js';
import { hashSecret, looksLikeSecret } from '../api-keys/api-key-secret.js';
import type { KeyRow } from '../api-keys/api-keys.repository.js';
import { KeyLookups } from './key-lookups.js';
import { KeyUses } from '../api-keys/key-uses.js';
import { PrincipalCache } from './principal-cache.js';
import { scopesOf } from '../api-keys/key-kinds.js';

/** The seam for outside JWTs and sessions: another kind of token is another branch here. */
@Injectable()
export class ApiKeyVerifier extends CredentialVerifier {
  constructor(
    private readonly keys: KeyLookups,
    private readonly cache: PrincipalCache,
    private readonly uses: KeyUses,
  ) {
    super();
  }

  recall(token: string): Principal | null | undefined {
    const known = this.cache.principal(token);
    return known === undefined && !looksLikeSecret(token) ? null : known;
  }

  verify(token: string): Principal | null | Promise<Principal | null> {
    const known = this.recall(token);
    return known === undefined ? this.lookUp(token) : known;
  }

  override used({ credentialId }: Principal, address: string): void {
    this.uses.note(credentialId, address);
  }

  private async lookUp(token: string): Promise<Principal | null> {
    // The time it takes is on the side of caution.
    const askedAt = performance.now();
    const key = await this.keys.findLive(hashSecret(token));
    if (!key) {
      this.cache.keepUnknown(token);
      return null;
    }
    const principal = principalOf(key, this.proofOf(token, key));
    const expiresAt = key.expiresInMs === null ? Infinity : askedAt + key.expiresInMs;
    this.cache.keepKey(token, { principal, expiresAt }, epochOf(key));
    return principal;
  }

  private proofOf(token: string, key: KeyRow): Proof {
    return {
      epoch: epochOf(key),
      renew: async () => {
        this.cache.forgetKey(token);
        const again = await this.lookUp(token);
        return again?.proof && mayTheSame(again, key) ? again.proof : null;
      },
    };
  }
}

const epochOf = ({ slot, number }: KeyRow) => ({ slot, number });

const principalOf = (key: KeyRow, proof: Proof): Principal => ({
  kind: key.userId === null ? 'service' : 'user',
  userId: key.userId,
  credentialId: key.id,
  readOnly: key.readOnly,
  scopes: new Set(scopesOf(key)),
  proof,
});

/** A key that may do less than the request was admitted with is not the same. */
const mayTheSame = (again: Principal, key: KeyRow): boolean =>
  again.credentialId === key.id &&
  again.userId === key.userId &&
  again.readOnly === key.readOnly &&
  scopesOf(key).every((scope) => again.scopes.has(scope));
