// Finds the user behind a JSON Web Token, of this service or of an outside issuer.
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  CredentialVerifier,
  type Principal,
  type Proof,
  userChanged,
} from '../../platform/context/index.js';
import { SessionTokens } from '../accounts/session-tokens.js';
import { scopesOfKind } from '../api-keys/key-kinds.js';
import { looksLikeToken } from '../issuers/issued-token.js';
import { OutsideTokens } from '../issuers/outside-tokens.js';
import { PrincipalCache } from './principal-cache.js';
import type { ReadToken, TokenSource, TokenUser } from './token-source.js';

/** What a key of a user may do by default. */
const SCOPES = new Set(scopesOfKind({ userId: '', readOnly: false }));

type FindUser = (token: ReadToken) => Promise<TokenUser | null>;

@Injectable()
export class TokenVerifier extends CredentialVerifier {
  private readonly sources: readonly TokenSource[];

  constructor(
    own: SessionTokens,
    outside: OutsideTokens,
    private readonly cache: PrincipalCache,
  ) {
    super();
    this.sources = [own, outside];
  }

  recall(token: string): Principal | null | undefined {
    return looksLikeToken(token) ? this.cache.principal(cacheKeyOf(token)) : null;
  }

  /** @throws AppError 503 when the issuer's keys are not known and cannot be fetched */
  verify(token: string): Principal | null | Promise<Principal | null> {
    const known = this.recall(token);
    return known === undefined ? this.lookUp(token, (read) => read.findOrCreate()) : known;
  }

  private async lookUp(token: string, find: FindUser): Promise<Principal | null> {
    const read = await this.sources.find((source) => source.gave(token))?.read(token);
    const user = read && (await find(read));
    if (!read || !user?.isActive) {
      this.cache.rememberUnknown(cacheKeyOf(token));
      return null;
    }
    const principal = toPrincipal(user.id, read.sessionId, this.createProof(token, user));
    const expiresAt = performance.now() + read.expiresAt - Date.now();
    this.cache.rememberKey(cacheKeyOf(token), { principal, expiresAt }, epochOf(user));
    return principal;
  }

  /** A user who was removed is not created again by a request that has begun before. */
  private createProof(token: string, user: TokenUser): Proof {
    const again = () => this.lookUp(token, (read) => read.find());
    return {
      epoch: epochOf(user),
      holds: async () => {
        const known = this.cache.principal(cacheKeyOf(token)) ?? (await again());
        return known?.userId === user.id;
      },
      renew: async () => {
        this.cache.forgetKey(cacheKeyOf(token));
        const found = await again();
        if (found && found.userId !== user.id) throw userChanged();
        return found?.proof ?? null;
      },
    };
  }
}

/** A digest, because tokens are long. The space keeps it apart from all bearer tokens. */
const cacheKeyOf = (token: string): string =>
  `token ${createHash('sha256').update(token).digest('base64url')}`;

const epochOf = ({ slot, number }: TokenUser) => ({ slot, number });

/** Tokens have no id that lasts, so the user's stands for them. */
const toPrincipal = (userId: string, sessionId: string | undefined, proof: Proof): Principal => ({
  kind: 'user',
  userId,
  credentialId: userId,
  ...(sessionId !== undefined && { sessionId }),
  readOnly: false,
  scopes: SCOPES,
  proof,
});
