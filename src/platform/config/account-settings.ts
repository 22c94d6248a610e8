// Settings of accounts: registration, the life of sessions and tokens, and mail.
import { z } from 'zod';
import { count, flag } from './setting-kinds.js';

const LINK = /^https?:\/\/\S+$/;

export const accountSettings = {
  REGISTRATION: z.enum(['closed', 'open']).default('closed'),
  EMAIL_VERIFICATION: flag.default(false),
  ACCESS_TOKEN_ISSUER: z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be up to 255 printable ASCII characters without spaces')
    .default('threadkeep'),
  ACCESS_TOKEN_SECONDS: count(600, 86_400),
  SESSION_IDLE_DAYS: count(14, 3_650),
  SESSION_MAX_DAYS: count(90, 3_650),
  MAIL: z.enum(['none', 'console', 'smtp']).default('none'),
  MAIL_FROM: z.string().min(3).max(320).default('threadkeep@localhost'),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\/[^\s/]+$/, 'must be smtp://user:password@host:port, or smtps://')
    .optional(),
  ACCOUNT_LINK: z
    .string()
    .regex(LINK, 'must be an address with {secret} in it')
    .refine((link) => link.includes('{secret}'), 'must be an address with {secret} in it')
    .optional(),
};

export interface MailSettings {
  /** `console` writes mails to the log, for development. */
  readonly kind: 'none' | 'console' | 'smtp';
  readonly from: string;
  readonly smtpUrl: string | undefined;
}

export interface AccountSettings {
  /** False: only an administrator gives users passwords. */
  readonly isRegistrationOpen: boolean;
  /** A new user is `pending` until the address is proved. */
  readonly needsVerification: boolean;
  /** `iss` of access tokens. */
  readonly issuer: string;
  readonly accessTokenSeconds: number;
  /** A session ends when it was not used for as long. */
  readonly sessionIdleDays: number;
  /** A session ends at this age, however often it was used. */
  readonly sessionMaxDays: number;
  readonly mail: MailSettings;
  /** The page of the application that mails link to, with `{secret}` and perhaps `{purpose}`. */
  readonly link: string | undefined;
}

export type AccountEnvironment = z.infer<z.ZodObject<typeof accountSettings>>;

export const accountSettingsOf = (env: AccountEnvironment): AccountSettings =>
  Object.freeze({
    isRegistrationOpen: env.REGISTRATION === 'open',
    needsVerification: env.EMAIL_VERIFICATION,
    issuer: env.ACCESS_TOKEN_ISSUER,
    accessTokenSeconds: env.ACCESS_TOKEN_SECONDS,
    sessionIdleDays: env.SESSION_IDLE_DAYS,
    sessionMaxDays: env.SESSION_MAX_DAYS,
    mail: Object.freeze({ kind: env.MAIL, from: env.MAIL_FROM, smtpUrl: env.SMTP_URL }),
    link: env.ACCOUNT_LINK,
  });

/** Mails need a way out. */
export const hasMailServer = ({ MAIL, SMTP_URL }: AccountEnvironment): boolean =>
  MAIL !== 'smtp' || SMTP_URL !== undefined;
export const canVerify = ({ EMAIL_VERIFICATION, MAIL }: AccountEnvironment): boolean =>
  !EMAIL_VERIFICATION || MAIL !== 'none';
