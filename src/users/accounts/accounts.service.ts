// Accounts: users with a password of their own. `registration.service.ts` makes them.
import { Injectable, Logger } from '@nestjs/common';
import { AuditRecords } from '../../platform/audit/index.js';
import type { AccountSettings } from '../../platform/config/account-settings.js';
import { Config } from '../../platform/config/config.js';
import { RequestContexts } from '../../platform/context/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import {
  AppError,
  IdempotencyErrors,
  RequestErrors,
  ServerErrors,
} from '../../platform/errors/index.js';
import { RequestMarks, type RequestFacts } from '../../platform/idempotency/index.js';
import { LoginLimit } from '../../platform/rate-limit/index.js';
import { UserErrors } from '../users.errors.js';
import { UsersService } from '../users.service.js';
import { AddressIndex } from '../sealing/address-index.js';
import { AccountMails, isRecent, MAILED_SECRET_SECONDS } from './account-mails.js';
import { hashSecret } from '../api-keys/api-key-secret.js';
import { AccountErrors } from './accounts.errors.js';
import { AccountsRepository, type OwnAccount } from './accounts.repository.js';
import type { MailedPurpose } from './mailed-secret.entity.js';
import { Passwords } from './passwords/passwords.js';
import type { Caller, RepeatingCaller } from './caller.js';
import { SessionsService } from './sessions.service.js';
import { type MailedToken, parseMailedToken } from './tokens/opaque-tokens.js';

/** Requests for mails of people without a credential, which are worked on after the answer. */
const MAX_REQUESTS_FOR_MAIL = 100;
const RETRY_AFTER_SECONDS = 2;

@Injectable()
export class AccountsService {
  private readonly logger = new Logger(AccountsService.name);
  private readonly settings: AccountSettings;
  private requestsForMail = 0;

  constructor(
    private readonly accounts: AccountsRepository,
    private readonly sessions: SessionsService,
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly mails: AccountMails,
    private readonly limit: LoginLimit,
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    private readonly audit: AuditRecords,
    private readonly addresses: AddressIndex,
    private readonly marks: RequestMarks,
    config: Config,
  ) {
    this.settings = config.identity.accounts;
  }

  /**
   * Changes the password of the user of the scope, and ends all other sessions.
   * @param sessionId the session of the request, which goes on
   * @returns true when this request was done before
   * @throws AppError `account.login_failed` for a wrong password, `account.weak_password`,
   * `idempotency.key_reused`, 429
   */
  changePassword(
    current: string,
    next: string,
    sessionId: string | null,
    caller: RepeatingCaller,
  ): Promise<boolean> {
    const facts: RequestFacts = ['change password'];
    const change = async (): Promise<void> => {
      const account = await this.verified(current, caller);
      const hash = await this.passwords.hashNew(caller.address, next, account);
      await this.database.transaction(async () => {
        if (!(await this.accounts.setPassword(hash, account.password)))
          throw AccountErrors.loginFailed();
        // The password of before was right, so this is another change than the first.
        if (!(await this.marks.mark(caller.idempotencyKey, facts)))
          throw IdempotencyErrors.keyReused();
        await this.ended(sessionId, 'password_changed');
      });
    };
    return this.orRepeated(AccountErrors.loginFailed.code, change, () =>
      this.isPasswordOf(facts, next, caller),
    );
  }

  /**
   * Gives a user a password, or another one, for an administrator. All sessions end.
   * @returns true when this request was done before
   * @throws AppError `user.not_found`, `account.login_missing`, `account.weak_password`,
   * `idempotency.key_reused`
   */
  setPassword(userId: string, password: string, caller: RepeatingCaller): Promise<boolean> {
    const { address, idempotencyKey } = caller;
    const facts: RequestFacts = ['set password'];
    return this.contexts.runAsUser(userId, async () => {
      const account = await this.own();
      if (account.email === null && account.username === null) throw AccountErrors.loginMissing();
      if (!(await this.marks.isDone(idempotencyKey, facts))) {
        const hash = await this.passwords.hashNew(address, password, account);
        if (await this.database.transaction(() => this.setOnce(hash, idempotencyKey, facts)))
          return false;
      }
      const { password: current } = await this.own();
      if (current === null || !(await this.passwords.verify(address, password, current)))
        throw IdempotencyErrors.keyReused();
      return true;
    });
  }

  /** @returns false when the request was done before */
  private async setOnce(
    hash: string,
    idempotencyKey: string | undefined,
    facts: RequestFacts,
  ): Promise<boolean> {
    if (!(await this.marks.mark(idempotencyKey, facts))) return false;
    const isSet = (await this.accounts.add(hash)) || (await this.accounts.setPassword(hash, null));
    // The user was removed meanwhile.
    if (!isSet) throw UserErrors.notFound();
    await this.ended(null, 'password_set');
    return true;
  }

  /** Signs a user out everywhere, for an administrator. API keys stay. */
  endSessions(userId: string): Promise<void> {
    return this.contexts.runAsUser(userId, async () => {
      if (!(await this.accounts.isThere())) throw UserErrors.notFound();
      await this.sessions.endAll(null, 'ended_by_service');
    });
  }

  /**
   * Asks for another address. It counts when the secret that is mailed to it comes back.
   * @returns true when this request was done before
   * @throws AppError `account.login_failed` for a wrong password, `account.no_mail`,
   * `idempotency.key_reused`, 429
   */
  async askForEmail(email: string, password: string, caller: RepeatingCaller): Promise<boolean> {
    const { idempotencyKey } = caller;
    const facts: RequestFacts = ['change email', email];
    await this.verified(password, caller);
    if (await this.marks.isDone(idempotencyKey, facts)) return true;
    const last = await this.accounts.readMail('change');
    if (last && isRecent('change', last))
      throw RequestErrors.rateLimited({ detail: 'A mail was sent just now.', retryAfter: 60 });
    return this.database.transaction(async () => {
      if (!(await this.marks.mark(idempotencyKey, facts))) return true;
      await this.accounts.prepareMail('change', email, null, MAILED_SECRET_SECONDS.change);
      await this.mails.notify('email_change_asked');
      await this.mails.send('change');
      return false;
    });
  }

  /**
   * Mails a secret to the user with this address, if there is one. It answers before it looks, so
   * that neither answer nor time tells whether there is.
   * @throws AppError `account.no_mail`, 429, 503
   */
  askForMail(purpose: 'verify' | 'reset', email: string, caller: Caller): void {
    if (!this.mails.isPossible) throw AccountErrors.noMail();
    this.limit.enter(caller.address);
    if (this.requestsForMail >= MAX_REQUESTS_FOR_MAIL)
      throw ServerErrors.busy({ retryAfter: RETRY_AFTER_SECONDS });
    this.requestsForMail++;
    this.mail(purpose, email)
      .catch((error: unknown) =>
        this.logger.warn({ msg: 'a mail that was asked for could not be enqueued', err: error }),
      )
      .finally(() => this.requestsForMail--);
  }

  /**
   * Uses up a secret that proves an address.
   * @returns true when this request was done before
   * @throws AppError `account.secret_invalid`; `user.email_taken` when another user has it by now
   */
  confirm(secret: string, caller: RepeatingCaller): Promise<boolean> {
    const token = this.parse(secret, caller);
    const facts: RequestFacts = ['confirm', secret];
    return this.orRepeated(
      AccountErrors.secretInvalid.code,
      () => this.useProof(token, caller.idempotencyKey, facts),
      () =>
        this.contexts.runAsUser(token.userId, () =>
          this.marks.isDone(caller.idempotencyKey, facts),
        ),
    );
  }

  /**
   * Sets a new password with a mailed secret, and ends all sessions.
   * @returns true when this request was done before
   * @throws AppError `account.secret_invalid`, `account.weak_password`
   */
  reset(secret: string, password: string, caller: RepeatingCaller): Promise<boolean> {
    const token = this.parse(secret, caller);
    const facts: RequestFacts = ['reset', secret];
    const reset = async (): Promise<void> => {
      await this.purposeOf(token, ['reset']);
      const hash = await this.passwords.hashNew(caller.address, password, await this.own());
      await this.database.transaction(async () => {
        const email = await this.take(token);
        const account = await this.own();
        if (account.status === 'disabled' || account.email !== email)
          throw AccountErrors.secretInvalid();
        await this.accounts.setPassword(hash, null);
        await this.marks.mark(caller.idempotencyKey, facts);
        await this.prove(email, account);
        await this.ended(null, 'password_reset');
      });
    };
    return this.contexts.runAsUser(token.userId, () =>
      this.orRepeated(AccountErrors.secretInvalid.code, reset, () =>
        this.isPasswordOf(facts, password, caller),
      ),
    );
  }

  /**
   * Does the work. When it fails as it does the second time, finds out whether it was done before.
   * Afterwards rather than before, so that two requests at once get the same answer.
   */
  private async orRepeated(
    failure: string,
    work: () => Promise<void>,
    isRepeated: () => Promise<boolean>,
  ): Promise<boolean> {
    try {
      await work();
      return false;
    } catch (error) {
      const isExpected = error instanceof AppError && error.code === failure;
      if (!isExpected || !(await isRepeated())) throw error;
      return true;
    }
  }

  /** Whether this request was done before and set this password, which still is the user's. */
  private async isPasswordOf(
    facts: RequestFacts,
    password: string,
    caller: RepeatingCaller,
  ): Promise<boolean> {
    if (!(await this.marks.isDone(caller.idempotencyKey, facts))) return false;
    return (await this.findVerified(password, caller)) !== null;
  }

  private async useProof(
    token: MailedToken,
    idempotencyKey: string | undefined,
    facts: RequestFacts,
  ): Promise<void> {
    const { userId } = token;
    await this.contexts.runAsUser(userId, async () => {
      if ((await this.purposeOf(token, ['verify', 'change'])) !== 'change') return;
      const asked = await this.accounts.readMail('change');
      if (asked) await this.addresses.requireFree(asked.email, userId);
    });
    await this.contexts.runAsUser(userId, () =>
      this.database.transaction(async () => {
        const purpose = await this.purposeOf(token, ['verify', 'change']);
        const email = await this.take(token);
        const account = await this.own();
        if (account.status === 'disabled') throw AccountErrors.secretInvalid();
        // A trigger forgets the other secrets, which went to the address of before.
        if (purpose === 'change') await this.users.update(userId, { email });
        else if (account.email !== email) throw AccountErrors.secretInvalid();
        await this.marks.mark(idempotencyKey, facts);
        await this.prove(email, account);
      }),
    );
  }

  /** Mails to the user with the address, if there is one. */
  async mail(kind: 'verify' | 'reset' | 'exists', email: string): Promise<void> {
    const found = await this.database.runAsSystem('find who is mailed', () =>
      this.accounts.find(email),
    );
    if (!found) return;
    await this.contexts.runAsUser(found.userId, async () => {
      if (kind === 'verify' && (await this.own()).isVerified) return;
      await this.mails.send(kind);
    });
  }

  /**
   * The account of the user of the scope, whose password was verified.
   * @throws AppError `account.login_failed`, `account.missing`, 429, 503
   */
  private async verified(password: string, caller: Caller): Promise<OwnAccount> {
    const account = await this.findVerified(password, caller);
    if (!account) throw AccountErrors.loginFailed();
    return account;
  }

  /** @returns null for a wrong password, which is counted */
  private async findVerified(password: string, { address }: Caller): Promise<OwnAccount | null> {
    // The space keeps it apart from what people sign in with.
    const name = ` ${this.contexts.userScope().userId}`;
    this.limit.enter(address, name);
    const account = await this.own();
    if (account.password === null) throw AccountErrors.missing();
    if (await this.passwords.verify(address, password, account.password)) return account;
    this.limit.failed(address, name);
    return null;
  }

  private async own(): Promise<OwnAccount> {
    const account = await this.accounts.read();
    if (!account) throw UserErrors.notFound();
    return account;
  }

  private parse(secret: string, { address }: Caller): MailedToken {
    this.limit.enter(address);
    const token = parseMailedToken(secret);
    if (!token) throw AccountErrors.secretInvalid();
    return token;
  }

  /** @throws AppError `account.secret_invalid` when it is for none of these purposes, or not valid */
  private async purposeOf(
    { secret }: MailedToken,
    purposes: MailedPurpose[],
  ): Promise<MailedPurpose> {
    const found = await this.accounts.findMailed(hashSecret(secret));
    if (!found || !purposes.includes(found)) throw AccountErrors.secretInvalid();
    return found;
  }

  private async take({ secret }: MailedToken): Promise<string> {
    const email = await this.accounts.takeMailed(hashSecret(secret));
    if (email === null) throw AccountErrors.secretInvalid();
    return email;
  }

  /** The user reads this address. One who registered and waited for that is let in. */
  private async prove(email: string, { status, awaitsProof }: OwnAccount): Promise<void> {
    await this.accounts.verify(email);
    if (status === 'pending' && awaitsProof)
      await this.users.update(this.contexts.userScope().userId, { status: 'active' });
  }

  /** What goes with another password, in its transaction. */
  private async ended(kept: string | null, why: string): Promise<void> {
    await this.accounts.forgetMailed(['reset', 'change']);
    await this.sessions.endAll(kept, why);
    await this.audit.write({ action: `account.${why}` });
    await this.mails.notify('password_changed');
  }
}
