// The tokens of outside issuers, as credentials.
import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { Egress } from '../../platform/egress/index.js';
import { ServerErrors } from '../../platform/errors/index.js';
import type { ReadToken, TokenSource } from '../authentication/token-source.js';
import { type IssuedToken, IssuedTokens } from './issued-token.js';
import { IssuerUnreachableError } from './issuer-keys.js';
import { OutsideUsers } from './outside-users.js';

const RETRY_AFTER_SECONDS = 5;

@Injectable()
export class OutsideTokens implements TokenSource {
  private readonly logger = new Logger(OutsideTokens.name);
  private readonly tokens: IssuedTokens;
  private readonly isConfigured: boolean;

  constructor(
    config: Config,
    egress: Egress,
    private readonly users: OutsideUsers,
  ) {
    const { tokenIssuers } = config.identity;
    this.tokens = new IssuedTokens(tokenIssuers, egress);
    this.isConfigured = tokenIssuers.size > 0;
  }

  gave(): boolean {
    return this.isConfigured;
  }

  async read(token: string): Promise<ReadToken | null> {
    const issued = await this.issued(token);
    return (
      issued && {
        expiresAt: issued.expiresAt,
        find: () => this.users.find(issued.identity),
        findOrCreate: () => this.users.findOrCreate(issued.identity),
      }
    );
  }

  /** @throws AppError 503 when the issuer's keys are not known and cannot be fetched */
  private async issued(token: string): Promise<IssuedToken | null> {
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
}
