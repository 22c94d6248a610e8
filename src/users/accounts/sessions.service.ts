// Signing in and out. A session is a row; its access tokens are checked against it, so that they end
// with it at once, in every process.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { AuditRecords } from '../../platform/audit/index.js';
import type { AccountSettings } from '../../platform/config/account-settings.js';
import { Config } from '../../platform/config/config.js';
import { RequestContexts } from '../../platform/context/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import { AuthFailureLimit, LoginLimit } from '../../platform/rate-limit/index.js';
import { PrincipalCache } from '../authentication/principal-cache.js';
import { hashSecret } from '../api-keys/api-key-secret.js';
import { AccountErrors } from './accounts.errors.js';
import { AccountsRepository } from './accounts.repository.js';
import type { Caller } from './caller.js';
import { Passwords } from './passwords/passwords.js';
import { type SessionRow, SessionsRepository } from './sessions.repository.js';
import { AccessTokens } from './tokens/access-tokens.js';
import {
  formatRefreshToken,
  newRefreshToken,
  newTurnKey,
  nextTurn,
  parseRefreshToken,
  type RefreshToken,
} from './tokens/opaque-tokens.js';

/**
 * How long the token before the last one is answered with the last one again: the answer may have
 * been lost, and two pages may refresh at once.
 */
const REPEAT_SECONDS = 60;
const CLIENT_MAX_CHARACTERS = 200;

export interface Tokens {
  userId: string;
  sessionId: string;
  accessToken: string;
  /** Seconds that the access token is valid. */
  expiresIn: number;
  refreshToken: string;
}

@Injectable()
export class SessionsService {
  private readonly settings: AccountSettings;

  constructor(
    private readonly sessions: SessionsRepository,
    private readonly accounts: AccountsRepository,
    private readonly passwords: Passwords,
    private readonly tokens: AccessTokens,
    private readonly limit: LoginLimit,
    private readonly failures: AuthFailureLimit,
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    private readonly audit: AuditRecords,
    private readonly principals: PrincipalCache,
    config: Config,
  ) {
    this.settings = config.identity.accounts;
  }

  /**
   * Signs a user in. An unknown name, a wrong password and a user who is not active look the same,
   * and cost the same.
   * @param login an e-mail address or a username
   * @throws AppError `account.login_failed`; 429 after too many attempts, 503 when too many wait
   */
  async login(login: string, password: string, caller: Caller): Promise<Tokens> {
    this.limit.enter(caller.address, login);
    const account = await this.database.runAsSystem('find who signs in', () =>
      this.accounts.find(login),
    );
    const isRight = await this.passwords.verify(
      caller.address,
      password,
      account?.password ?? null,
    );
    // Also a right password of a user who is not active signs nothing: that would take longer.
    const mayEnter = account?.isActive === true && isRight;
    const tokens = mayEnter ? await this.open(account, caller) : null;
    if (tokens) return tokens;
    this.limit.failed(caller.address, login);
    throw AccountErrors.loginFailed();
  }

  /** @throws AppError `vault.not_configured` when nobody could be signed in */
  requireKey(): Promise<void> {
    return this.tokens.requireKey();
  }

  /**
   * Opens a session for a user whose password was verified.
   * @returns null when the user is not active, or has another password by now
   */
  async open(
    { userId, password }: { userId: string; password: string },
    { client }: Pick<Caller, 'client'>,
  ): Promise<Tokens | null> {
    const [id, token] = [uuidv7(), newRefreshToken(userId)];
    // Without a key for tokens, nobody is signed in.
    const accessToken = await this.tokens.sign(userId, id);
    const { sessionIdleDays: idleDays, sessionMaxDays: maxDays } = this.settings;
    const session = {
      id,
      hash: hashSecret(token.family),
      turn: hashSecret(token.turn),
      turnKey: newTurnKey(),
      client: shownClient(client),
      idleDays,
      maxDays,
    };
    const isOpen = await this.contexts.runAsUser(userId, () =>
      this.sessions.open(session, password),
    );
    return isOpen ? this.answer(id, accessToken, token) : null;
  }

  /**
   * Replaces the tokens of a session. The same token again, within a minute, gets the same refresh
   * token, because an answer may have been lost. Later it counts as stolen, and the session ends.
   * @throws AppError `account.session_ended`; 429 after too many unknown tokens of the address, and
   * after too many refreshes of the session, which goes on
   */
  async refresh(text: string, { address }: Caller): Promise<Tokens> {
    const token = parseRefreshToken(text);
    if (!token) throw this.failed(address);
    const next = await this.contexts.runAsUser(token.userId, () =>
      this.database.transaction(() => this.turn(token)),
    );
    if (!next) throw this.failed(address);
    const accessToken = await this.tokens.sign(token.userId, next.id, next.expiresAt);
    return this.answer(next.id, accessToken, { ...token, turn: next.turn });
  }

  /**
   * Ends the session of a refresh token, also of an old one.
   * @throws AppError `account.session_ended` for a token that is nobody's; one of a session that is
   * over is no error
   */
  async logout(text: string, { address }: Caller): Promise<void> {
    const token = parseRefreshToken(text);
    if (!token) throw this.failed(address);
    const isKnown = await this.contexts.runAsUser(token.userId, () =>
      this.database.transaction(async () => {
        const session = await this.sessions.lock(hashSecret(token.family));
        if (session) await this.end(session.id);
        return session !== null;
      }),
    );
    if (!isKnown) throw this.failed(address);
  }

  list(): Promise<SessionRow[]> {
    return this.sessions.list();
  }

  /** @returns false when it had ended, or is not the user's */
  async end(id: string): Promise<boolean> {
    const { userId, provision } = this.contexts.userScope();
    // A user who is not there yet is not created by this.
    if (provision) return false;
    return this.database.transaction(async () => {
      const isEnded = await this.sessions.end(id);
      if (isEnded) await this.audit.write({ action: 'session.ended', subject: id });
      this.database.afterCommit(() => this.principals.forgetId(userId));
      return isEnded;
    });
  }

  /**
   * Ends all sessions of the user of the scope but `kept`.
   * @param why for the audit log
   */
  async endAll(kept: string | null, why: string): Promise<void> {
    const { userId, provision } = this.contexts.userScope();
    if (provision) return;
    await this.database.transaction(async () => {
      const count = await this.sessions.endOthers(kept);
      if (count > 0)
        await this.audit.write({ action: 'session.all_ended', details: { count, why } });
      this.database.afterCommit(() => this.principals.forgetId(userId));
    });
  }

  /** @returns the session and its next turn, or null. A stolen token ends the session. */
  private async turn({
    family,
    turn,
  }: RefreshToken): Promise<{ id: string; turn: string; expiresAt: number } | null> {
    const session = await this.sessions.lock(hashSecret(family));
    if (!session?.isLive || !session.isUserActive) return null;
    const { id } = session;
    const hash = hashSecret(turn);
    const next = nextTurn(turn, session.turnKey);
    if (hash.equals(session.turn)) {
      this.limit.refresh(id);
      const { sessionIdleDays, sessionMaxDays } = this.settings;
      const expiresAt = await this.sessions.turn(
        id,
        hashSecret(next),
        sessionIdleDays,
        sessionMaxDays,
      );
      return { id, turn: next, expiresAt };
    }
    const isRepeated = session.lastTurn !== null && hash.equals(session.lastTurn);
    if (isRepeated && session.secondsSinceTurn < REPEAT_SECONDS) {
      this.limit.refresh(id);
      return { id, turn: next, expiresAt: session.expiresAt };
    }
    await this.end(id);
    await this.audit.write({ action: 'session.token_reused', subject: id });
    return null;
  }

  /** Counts a token that is not valid. A valid one is never refused for them. @returns the error */
  private failed(address: string): Error {
    if (this.failures.isReached(address))
      return RequestErrors.rateLimited({ retryAfter: this.failures.secondsLeft(address) });
    this.failures.count(address);
    return AccountErrors.sessionEnded();
  }

  private answer(sessionId: string, accessToken: string, token: RefreshToken): Tokens {
    return {
      userId: token.userId,
      sessionId,
      accessToken,
      expiresIn: this.tokens.lifetimeSeconds,
      refreshToken: formatRefreshToken(token),
    };
  }
}

/** A header is Latin-1; other characters are left out. */
function shownClient(client: string | undefined): string | null {
  const text = client?.replace(/[^\x20-\x7e]/g, '').slice(0, CLIENT_MAX_CHARACTERS);
  return text ? text : null;
}
