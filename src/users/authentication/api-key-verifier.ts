// Finds the key and the user behind an API key.
import { Injectable } from '@nestjs/common';
import {
  CredentialVerifier,
  type Principal,
  type Proof,
  userChanged,
} from '../../platform/context/index.js';
import { hashSecret, looksLikeSecret } from '../api-keys/api-key-secret.js';
import type { KeyRow } from '../api-keys/api-keys.repository.js';
import { KeyLookups } from './key-lookups.js';
import { KeyUses } from '../api-keys/key-uses.js';
import { PrincipalCache } from './principal-cache.js';
import { scopesOf } from '../api-keys/key-kinds.js';

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
    // Taken before the query, so that a key is never used after its expiry.
    const askedAt = performance.now();
    const key = await this.keys.findLive(hashSecret(token));
    if (!key) {
      this.cache.rememberUnknown(token);
      return null;
    }
    const principal = toPrincipal(key, this.createProof(token, key));
    const expiresAt = key.expiresInMs === null ? Infinity : askedAt + key.expiresInMs;
    this.cache.rememberKey(token, { principal, expiresAt }, epochOf(key));
    return principal;
  }

  private createProof(token: string, key: KeyRow): Proof {
    return {
      epoch: epochOf(key),
      holds: async () => {
        const known = await this.verify(token);
        return known !== null && hasSameRights(known, key);
      },
      renew: async () => {
        this.cache.forgetKey(token);
        const again = await this.lookUp(token);
        if (again && again.userId !== key.userId) throw userChanged();
        return again?.proof && hasSameRights(again, key) ? again.proof : null;
      },
    };
  }
}

const epochOf = ({ slot, number }: KeyRow) => ({ slot, number });

const toPrincipal = (key: KeyRow, proof: Proof): Principal => ({
  kind: key.userId === null ? 'service' : 'user',
  userId: key.userId,
  credentialId: key.id,
  readOnly: key.readOnly,
  scopes: new Set(scopesOf(key)),
  proof,
});

/** Tells whether the key still has at least the rights that the request was admitted with. */
const hasSameRights = (again: Principal, key: KeyRow): boolean =>
  again.credentialId === key.id &&
  again.userId === key.userId &&
  again.readOnly === key.readOnly &&
  scopesOf(key).every((scope) => again.scopes.has(scope));
