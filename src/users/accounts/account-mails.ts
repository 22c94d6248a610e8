// Mails about accounts. A job sends them; it makes their secrets, so that no row holds one.
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { RequestContexts } from '../../platform/context/index.js';
import { JobHandler, type JobRun, Jobs } from '../../platform/jobs/index.js';
import { type Letter, Mail } from '../../platform/mail/index.js';
import { hashSecret } from '../api-keys/api-key-secret.js';
import { AccountErrors } from './accounts.errors.js';
import { AccountsRepository, type MailedRow, type OwnAccount } from './accounts.repository.js';
import type { MailedPurpose } from './mailed-secret.entity.js';
import { formatMailedToken, type MailedToken, newMailedToken } from './tokens/opaque-tokens.js';

const HOUR_SECONDS = 3_600;
export const MAILED_SECRET_SECONDS: Record<MailedPurpose, number> = {
  verify: 24 * HOUR_SECONDS,
  change: 24 * HOUR_SECONDS,
  reset: HOUR_SECONDS,
};

/** Mails without a secret: somebody has registered with the address again, or changed something. */
const NOTICES = ['exists', 'password_changed', 'email_change_asked'] as const;
type Notice = (typeof NOTICES)[number];
export type MailKind = MailedPurpose | Notice;

const isNotice = (kind: MailKind): kind is Notice => (NOTICES as readonly string[]).includes(kind);

const TEXTS: Record<MailKind, { subject: string; text: string }> = {
  verify: {
    subject: 'Confirm your email address',
    text: 'Somebody registered with this address. If that was you, confirm it; otherwise do nothing:',
  },
  change: {
    subject: 'Confirm your new email address',
    text: 'Somebody gave this address to an account. If that was you, confirm it; otherwise do nothing:',
  },
  reset: {
    subject: 'Choose a new password',
    text: 'Somebody asked for a new password for your account. Within an hour you can choose one:',
  },
  exists: {
    subject: 'You have an account already',
    text: 'Somebody wanted to register with this address. You have an account: sign in, or ask for a new password.',
  },
  password_changed: {
    subject: 'Your password was changed',
    text: 'The password of your account was changed. If that was not you, ask for a new password at once.',
  },
  email_change_asked: {
    subject: 'Your email address will change',
    text: 'A new address was asked for in your account. If that was not you, change your password at once.',
  },
};

/** A further mail of the same kind is sent after this time. */
const MIN_INTERVAL_SECONDS = 120;

export const isRecent = (purpose: MailedPurpose, { isMailed, secondsLeft }: MailedRow): boolean =>
  isMailed && MAILED_SECRET_SECONDS[purpose] - secondsLeft < MIN_INTERVAL_SECONDS;

const JOB = 'account.mail';

@Injectable()
export class AccountMails {
  constructor(
    private readonly mail: Mail,
    private readonly jobs: Jobs,
  ) {}

  get isPossible(): boolean {
    return this.mail.isConfigured;
  }

  /**
   * Enqueues a mail to the user of the scope, in the open transaction.
   * @param userId in the scope of the system, whom it is for
   * @throws AppError `account.no_mail` without a way to send one
   */
  async send(kind: MailKind, userId?: string): Promise<void> {
    if (!this.isPossible) throw AccountErrors.noMail();
    // A job that runs may have read the address before, so each change has a job of its own.
    const key = kind === 'change' ? {} : { key: kind };
    await this.jobs.enqueue(JOB, { kind }, { ...key, ...(userId && { userId }) });
  }

  /** The same for a notice, which is left out without a way to send it. */
  async notify(kind: Notice): Promise<void> {
    if (this.isPossible) await this.send(kind);
  }
}

@Injectable()
export class SendAccountMail extends JobHandler<{ kind: MailKind }> {
  override readonly name = JOB;
  override readonly checkpointed = true;

  constructor(
    private readonly accounts: AccountsRepository,
    private readonly mail: Mail,
    private readonly contexts: RequestContexts,
    private readonly config: Config,
  ) {
    super();
  }

  /** When it is sent again after a failure, the secret of the first mail is no longer valid. */
  override async run({ kind }: { kind: MailKind }, job: JobRun): Promise<void> {
    const token = newMailedToken(this.contexts.userScope().userId);
    const to = await job.step(async () => {
      const account = await this.accounts.read();
      return account && this.prepare(kind, account, token, job.attempt > 1);
    });
    if (to) await this.mail.send(this.letter(kind, to, formatMailedToken(token)));
  }

  /** @returns the address; null when nobody is to be told any more */
  private async prepare(
    kind: MailKind,
    account: OwnAccount,
    { secret }: MailedToken,
    isRepeated: boolean,
  ): Promise<string | null> {
    if (account.password === null || account.status === 'disabled') return null;
    if (isNotice(kind)) return account.email;
    const [last, hash, seconds] = [
      await this.accounts.readMail(kind),
      hashSecret(secret),
      MAILED_SECRET_SECONDS[kind],
    ];
    if (kind === 'change') {
      const isWanted = last && (await this.accounts.replaceMail(kind, last, hash, seconds));
      return isWanted ? last.email : null;
    }
    if (account.email === null || (last && !isRepeated && isRecent(kind, last))) return null;
    await this.accounts.prepareMail(kind, account.email, hash, seconds);
    return account.email;
  }

  private letter(kind: MailKind, to: string, secret: string): Letter {
    const { subject, text } = TEXTS[kind];
    if (isNotice(kind)) return { to, subject, text: `${text}\n` };
    const { link } = this.config.identity.accounts;
    const way = link?.replaceAll('{secret}', secret).replaceAll('{purpose}', kind) ?? secret;
    return { to, subject, text: `${text}\n\n${way}\n` };
  }
}
