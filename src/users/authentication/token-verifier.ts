// Finds the user behind a token of an outside issuer.
import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { CredentialVerifier, type Principal, type Proof } from '../../platform/context/index.js';
import { Egress } from '../../platform/egress/index.js';
import { ServerErrors } from '../../platform/errors/index.js';
import { scopesOfKind } from '../api-keys/key-kinds.js';
import {
  IssuedTokens,
  type IssuedToken,
  looksLikeToken,
  type OutsideIdentity,
} from '../issuers/issued-token.js';
import { IssuerUnreachableError } from '../issuers/issuer-keys.js';
import { OutsideUsers } from '../issuers/outside-users.js';
import type { OutsideUser } from '../issuers/outside-users.repository.js';
import { PrincipalCache } from './principal-cache.js';

const RETRY_AFTER_SECONDS = 5;
/** What a key of a user may do by default. */
const SCOPES = new Set(scopesOfKind({ userId: '', readOnly: false }));

type FindUser = (identity: OutsideIdentity) => Promise<OutsideUser | null>;

@Injectable()
export class TokenVerifier extends CredentialVerifier {
  private readonly logger = new Logger(TokenVerifier.name);
  private readonly tokens: IssuedTokens;
  private readonly isConfigured: boolean;

  constructor(
    config: Config,
    egress: Egress,
    private readonly users: OutsideUsers,
    private readonly cache: PrincipalCache,
  ) {
    super();
    const { tokenIssuers } = config.identity;
    this.tokens = new IssuedTokens(tokenIssuers, egress);
    this.isConfigured = tokenIssuers.size > 0;
  }

  recall(token: string): Principal | null | undefined {
    return this.isConfigured && looksLikeToken(token)
      ? this.cache.principal(cacheKeyOf(token))
      : null;
  }

  /** @throws AppError 503 when the issuer's keys are not known and cannot be fetched */
  verify(token: string): Principal | null | Promise<Principal | null> {
    const known = this.recall(token);
    return known === undefined
      ? this.lookUp(token, (identity) => this.users.findOrCreate(identity))
      : known;
  }

  private async lookUp(token: string, find: FindUser): Promise<Principal | null> {
    const issued = await this.read(token);
    const user = issued && (await find(issued.identity));
    if (!issued || !user?.isActive) {
      this.cache.rememberUnknown(cacheKeyOf(token));
      return null;
    }
    const principal = toPrincipal(user.id, this.createProof(token, user));
    const expiresAt = performance.now() + issued.expiresAt - Date.now();
    this.cache.rememberKey(cacheKeyOf(token), { principal, expiresAt }, epochOf(user));
    return principal;
  }

  private async read(token: string): Promise<IssuedToken | null> {
    try {
      return await this.tokens.read(token);
    } catch (error) {
      if (!(error instanceof IssuerUnreachableError)) throw error;
      this.logger.warn({ msg: 'the keys of a token issuer cannot be fetched', err: error });
      throw ServerErrors.unavailable({
        detail: 'The issuer of the token cannot be reached.',
        retryAfter: RETRY_AFTER_SECONDS,
      });
    }
  }

  /** A user who was removed is not created again by a request that has begun before. */
  private createProof(token: string, user: OutsideUser): Proof {
    const again = async (): Promise<Principal | null> => {
      const found = await this.lookUp(token, (identity) => this.users.find(identity));
      return found?.userId === user.id ? found : null;
    };
    return {
      epoch: epochOf(user),
      holds: async () => {
        const known = this.cache.principal(cacheKeyOf(token)) ?? (await again());
        return known?.userId === user.id;
      },
      renew: async () => {
        this.cache.forgetKey(cacheKeyOf(token));
        return (await again())?.proof ?? null;
      },
    };
  }
}

/** A digest, because tokens are long. The space keeps it apart from all bearer tokens. */
const cacheKeyOf = (token: string): string =>
  `token ${createHash('sha256').update(token).digest('base64url')}`;

const epochOf = ({ slot, number }: OutsideUser) => ({ slot, number });

/** Tokens have no id that lasts, so the user's stands for them. */
const toPrincipal = (userId: string, proof: Proof): Principal => ({
  kind: 'user',
  userId,
  credentialId: userId,
  readOnly: false,
  scopes: SCOPES,
  proof,
});
