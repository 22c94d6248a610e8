// Registering: somebody without a credential makes a user with a password.
import { Injectable } from '@nestjs/common';
import { AuditRecords } from '../../platform/audit/index.js';
import type { AccountSettings } from '../../platform/config/account-settings.js';
import { Config } from '../../platform/config/config.js';
import { RequestContexts } from '../../platform/context/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { AppError, fromDatabaseError } from '../../platform/errors/index.js';
import { type RequestFacts, RequestMarks } from '../../platform/idempotency/index.js';
import { LoginLimit } from '../../platform/rate-limit/index.js';
import { UserErrors } from '../users.errors.js';
import { UsersService } from '../users.service.js';
import { foldAddress } from '../sealing/address-index.js';
import { AccountMails } from './account-mails.js';
import { AccountErrors } from './accounts.errors.js';
import { AccountsRepository } from './accounts.repository.js';
import { AccountsService } from './accounts.service.js';
import type { RepeatingCaller } from './caller.js';
import { Passwords } from './passwords/passwords.js';
import { SessionsService, type Tokens } from './sessions.service.js';

export interface NewAccount {
  email: string;
  password: string;
  username?: string;
  name?: string;
}

/** What a registration has made: tokens, unless the address has to be proved first. */
export interface Registered {
  tokens: Tokens | null;
  /** True when this request was done before, with its `Idempotency-Key`. */
  isRepeated: boolean;
}

@Injectable()
export class RegistrationService {
  private readonly settings: AccountSettings;

  constructor(
    private readonly accounts: AccountsRepository,
    private readonly userAccounts: AccountsService,
    private readonly sessions: SessionsService,
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly mails: AccountMails,
    private readonly limit: LoginLimit,
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    private readonly audit: AuditRecords,
    private readonly marks: RequestMarks,
    config: Config,
  ) {
    this.settings = config.identity.accounts;
  }

  /**
   * Creates a user with a password. A repeated request gets a session of its own, because no row has
   * the tokens of the first.
   * @returns the tokens of a first session; null when the address has to be proved first. Then a
   * taken address looks like a free one, and its user gets a mail
   * @throws AppError `account.registration_closed`, `account.weak_password`, `user.email_taken`,
   * `user.username_taken`; 429 and 503 as `SessionsService.login`
   */
  async register(values: NewAccount, caller: RepeatingCaller): Promise<Registered> {
    if (!this.settings.isRegistrationOpen)
      throw AccountErrors.registrationClosed({
        detail: 'The operator can set REGISTRATION=open, or give a user a password.',
      });
    this.limit.enter(caller.address);
    const { needsVerification } = this.settings;
    // Whether a username is free afterwards would tell whether the address was.
    if (needsVerification && values.username !== undefined) throw AccountErrors.usernameTooEarly();
    if (!needsVerification) await this.sessions.requireKey();
    const { password, ...user } = values;
    const hash = await this.passwords.hashNew(caller.address, password, user);
    try {
      const userId = await this.createUser(user, hash, caller.idempotencyKey);
      if (needsVerification) return { tokens: null, isRepeated: false };
      const tokens = await this.sessions.open({ userId, password: hash }, caller);
      if (!tokens) throw AccountErrors.loginFailed();
      return { tokens, isRepeated: false };
    } catch (error) {
      const code = (error instanceof AppError ? error : fromDatabaseError(error))?.code;
      const isEmailTaken = code === UserErrors.emailTaken.code;
      if (!isEmailTaken && code !== UserErrors.usernameTaken.code) throw error;
      const first = await this.firstRegistration(values, caller);
      if (first) return first;
      if (!isEmailTaken || !needsVerification) throw error;
      await this.userAccounts.mail('exists', user.email);
      return { tokens: null, isRepeated: false };
    }
  }

  /** @returns null unless this registration was done before, with this password */
  private async firstRegistration(
    { password, ...user }: NewAccount,
    caller: RepeatingCaller,
  ): Promise<Registered | null> {
    const found = await this.database.runAsSystem('find who has registered', () =>
      this.accounts.find(user.email),
    );
    if (!found) return null;
    const isDone = await this.contexts.runAsUser(found.userId, () =>
      this.marks.isDone(caller.idempotencyKey, registrationOf(user)),
    );
    if (!isDone) return null;
    this.limit.enter(caller.address, user.email);
    const isRight = await this.passwords.verify(caller.address, password, found.password);
    if (isRight && this.settings.needsVerification) return { tokens: null, isRepeated: true };
    const tokens = isRight ? await this.sessions.open(found, caller) : null;
    if (!tokens) this.limit.failed(caller.address, user.email);
    return tokens && { tokens, isRepeated: true };
  }

  /** @returns the user's id @throws AppError or a database's error when a name is taken */
  private createUser(
    user: Omit<NewAccount, 'password'>,
    hash: string,
    idempotencyKey: string | undefined,
  ): Promise<string> {
    const { needsVerification } = this.settings;
    const status = needsVerification ? 'pending' : 'active';
    return this.database.runAsSystem('register an account', () =>
      this.database.transaction(async () => {
        const { id } = await this.users.create({ ...user, status });
        await this.accounts.create(id, hash, needsVerification);
        await this.marks.markFor(id, idempotencyKey, registrationOf(user));
        await this.audit.write({ action: 'account.created', userId: id });
        if (needsVerification) await this.mails.send('verify', id);
        return id;
      }),
    );
  }
}

const registrationOf = ({ email, username, name }: Omit<NewAccount, 'password'>): RequestFacts => [
  'register',
  foldAddress(email),
  username ?? null,
  name ?? null,
];
