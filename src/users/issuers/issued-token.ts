// Checks JSON Web Tokens of outside issuers, and reads who they are for.
import { decodeJwt, decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose';
import type { TokenIssuer, TokenIssuers } from '../../platform/config/issuer-settings.js';
import { isEmailAddress } from '../dto/email-address.js';
import type { Egress } from '../../platform/egress/index.js';
import { issuerKeys, IssuerUnreachableError } from './issuer-keys.js';

/** Characters of a token. Longer ones are refused before anything is decoded. */
const MAX_TOKEN_LENGTH = 8_192;
/** Seconds by which the clocks of an issuer and of this server may differ. */
const CLOCK_SKEW_SECONDS = 30;
const SUBJECT_MAX_CHARACTERS = 255;
const NAME_MAX_CHARACTERS = 200;
const EMAIL_MAX_CHARACTERS = 320;
/** Control characters, line separators, and lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\ufffd]/u;

/** A user as an issuer knows them. The issuer and the subject together are unique. */
export interface OutsideIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | null;
  readonly name: string | null;
}

export interface IssuedToken {
  readonly identity: OutsideIdentity;
  /** Milliseconds since 1970, after which the token is refused. */
  readonly expiresAt: number;
}

/** True for a text that could be a JSON Web Token. Takes time linear in a bounded length. */
export const looksLikeToken = (text: string): boolean =>
  text.length <= MAX_TOKEN_LENGTH && /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(text);

export class IssuedTokens {
  private readonly issuers: ReadonlyMap<string, AcceptedIssuer>;

  constructor(issuers: TokenIssuers, egress: Pick<Egress, 'fetch'>) {
    this.issuers = new Map(
      [...issuers].map(([name, issuer]) => [name, { ...issuer, keys: issuerKeys(issuer, egress) }]),
    );
  }

  /**
   * Reads a token whose signature and claims are right.
   * @returns null for any other
   * @throws IssuerUnreachableError when the issuer's keys are not known and cannot be fetched
   */
  async read(token: string): Promise<IssuedToken | null> {
    const issuer = this.issuerOf(token);
    if (!issuer) return null;
    try {
      const { payload } = await jwtVerify(token, issuer.keys, {
        issuer: issuer.issuer,
        algorithms: [...issuer.algorithms],
        requiredClaims: ['exp', issuer.claims.subject],
        clockTolerance: CLOCK_SKEW_SECONDS,
      });
      return isMeantForUs(payload, issuer) ? readClaims(payload, issuer) : null;
    } catch (error) {
      if (error instanceof IssuerUnreachableError) throw error;
      // jose throws for a wrong token, and also where a published key cannot be used.
      return null;
    }
  }

  /** Finds the issuer that the token names, when its header is one that the issuer writes. */
  private issuerOf(token: string): AcceptedIssuer | null {
    try {
      const issuer = this.issuers.get(decodeJwt(token).iss ?? '');
      const { alg, typ } = decodeProtectedHeader(token);
      const type = typ === undefined ? null : typ.toLowerCase().replace(/^application\//, '');
      const isWritten = issuer?.types.includes(type) && issuer.algorithms.includes(alg ?? '');
      return isWritten ? issuer! : null;
    } catch {
      return null;
    }
  }
}

type AcceptedIssuer = TokenIssuer & { readonly keys: ReturnType<typeof issuerKeys> };

function isMeantForUs(payload: JWTPayload, issuer: TokenIssuer): boolean {
  const named: unknown = payload[issuer.audienceClaim];
  const audience: unknown[] = Array.isArray(named) ? named : [named];
  return (
    issuer.audience.some((one) => audience.includes(one)) &&
    Object.entries(issuer.require).every(([claim, value]) => payload[claim] === value)
  );
}

/** A claim that cannot be stored is left out, but without a subject there is no user. */
function readClaims(payload: JWTPayload, { issuer, claims }: TokenIssuer): IssuedToken | null {
  const text = (claim: string | undefined, maxCharacters: number): string | null => {
    const value = claim === undefined ? undefined : payload[claim];
    const isUsable =
      typeof value === 'string' &&
      value.trim() !== '' &&
      [...value].length <= maxCharacters &&
      !UNSAFE.test(value);
    return isUsable ? value : null;
  };
  const subject = text(claims.subject, SUBJECT_MAX_CHARACTERS);
  if (subject === null) return null;
  const email = text(claims.email, EMAIL_MAX_CHARACTERS);
  const isVerified = payload['email_verified'] !== false && payload['email_verified'] !== 'false';
  const isStorable = email !== null && isVerified && isEmailAddress(email);
  return {
    identity: {
      issuer,
      subject,
      email: isStorable ? email : null,
      name: text(claims.name, NAME_MAX_CHARACTERS),
    },
    expiresAt: (payload.exp! + CLOCK_SKEW_SECONDS) * 1000,
  };
}
