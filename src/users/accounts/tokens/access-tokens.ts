// Access tokens of sessions: JSON Web Tokens by RFC 9068, which this service signs and reads.
import { Injectable } from '@nestjs/common';
import { decodeJwt, errors, jwtVerify, SignJWT } from 'jose';
import { uuidv7 } from 'uuidv7';
import { Config } from '../../../platform/config/config.js';
import { isUuid } from '../../../platform/input/index.js';
import { TOKEN_ALGORITHM, TokenKeys } from './token-keys.js';

const TYPE = 'at+jwt';
/** For whom the tokens are. Our other tokens, if there ever are any, are for somebody else. */
const AUDIENCE = 'threadkeep';
/** Seconds by which the clocks of two of our processes may differ. */
const CLOCK_SKEW_SECONDS = 5;

export interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
  /** Milliseconds since 1970, after which the token is refused. */
  readonly expiresAt: number;
}

@Injectable()
export class AccessTokens {
  private readonly issuer: string;
  /** Seconds that a token is valid. */
  readonly lifetimeSeconds: number;

  constructor(
    { identity }: Config,
    private readonly keys: TokenKeys,
  ) {
    this.issuer = identity.accounts.issuer;
    this.lifetimeSeconds = identity.accounts.accessTokenSeconds;
  }

  /** @throws AppError `vault.not_configured` without a key that tokens could be signed with */
  async requireKey(): Promise<void> {
    await this.keys.signing();
  }

  /**
   * @param sessionEndsAt seconds since 1970; no token outlives its session
   * @throws AppError as `requireKey`
   */
  async sign(userId: string, sessionId: string, sessionEndsAt = Infinity): Promise<string> {
    const { id, key } = await this.keys.signing();
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: TOKEN_ALGORITHM, kid: id, typ: TYPE })
      .setIssuer(this.issuer)
      .setAudience(AUDIENCE)
      .setSubject(userId)
      .setJti(uuidv7())
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(Math.min(now + this.lifetimeSeconds, Math.floor(sessionEndsAt)))
      .sign(key);
  }

  /** True for a token that names this service as its issuer. It verifies nothing. */
  isOwn(token: string): boolean {
    try {
      return decodeJwt(token).iss === this.issuer;
    } catch {
      return false;
    }
  }

  /** @returns null for anything but a token of ours that is valid now */
  async read(token: string): Promise<AccessClaims | null> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.keyOf(kid), {
        issuer: this.issuer,
        audience: AUDIENCE,
        algorithms: [TOKEN_ALGORITHM],
        typ: TYPE,
        requiredClaims: ['exp', 'iat', 'nbf', 'sub', 'sid'],
        clockTolerance: CLOCK_SKEW_SECONDS,
      });
      const { sub: userId, sid: sessionId, exp } = payload;
      if (!isId(userId) || !isId(sessionId)) return null;
      return { userId, sessionId, expiresAt: exp! * 1000 };
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }

  private async keyOf(id: string | undefined) {
    const key = id === undefined ? null : await this.keys.find(id);
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key;
  }
}

const isId = (claim: unknown): claim is string => typeof claim === 'string' && isUuid(claim);
