// Settings of users, accounts, API keys, outside issuers, and the audit records.
import { z } from 'zod';
import { accountSettings, type AccountSettings, accountSettingsOf } from './account-settings.js';
import { issuerSettings, type TokenIssuers, tokenIssuersOf } from './issuer-settings.js';
import { count, flag } from './setting-kinds.js';
import { type SettingsCheck, settingsSchemaFile } from './user-settings-schema.js';

/**
 * The fewest days that audit records are kept. A policy of their table lets no login delete younger
 * records.
 */
const AUDIT_MIN_DAYS = 30;
/** What an undo needs, such as the hash of a password, should not stay longer. */
const MERGE_UNDO_MAX_DAYS = 90;

/** The form of keys made here: 32 random bytes in base64url. Longer ones are accepted too. */
const KEY = /^tk_[A-Za-z0-9_-]{43,128}$/;

export const identitySettings = {
  BOOTSTRAP_API_KEY: z
    .string()
    .regex(KEY, 'must be tk_ followed by 43 to 128 letters, digits, - or _')
    .refine(
      (key) => isVaried(key.slice(3)),
      'is too easily guessed: take random ones, as openssl rand -base64 48 | tr -dc A-Za-z0-9 prints them',
    )
    .optional(),
  ...issuerSettings,
  ...accountSettings,
  SERVICE_KEY_FILE: z.string().min(1).optional(),
  USER_SETTINGS_SCHEMA_FILE: settingsSchemaFile.optional(),
  SEAL_USERS: flag.default(false),
  SEAL_MEMORIES: flag.optional(),
  SEAL_MESSAGES: flag.optional(),
  API_KEY_RETENTION_DAYS: count(90, 36_500),
  AUDIT_RETENTION_DAYS: z.coerce.number().int().min(AUDIT_MIN_DAYS).max(36_500).default(365),
  MERGE_UNDO_DAYS: z.coerce.number().int().min(0).max(MERGE_UNDO_MAX_DAYS).default(7),
};

/** Days count from the end of a key's life, and from the time of a record. */
export interface IdentitySettings {
  readonly serviceKeyFile: string | undefined;
  readonly apiKeyRetentionDays: number;
  readonly auditRetentionDays: number;
  /** Days in which a merge of users can be undone. 0: never. */
  readonly mergeUndoDays: number;
  readonly tokenIssuers: TokenIssuers;
  /** The outside issuers that have an address: clients ask there how to get a token. */
  readonly authorizationServers: readonly string[];
  readonly accounts: AccountSettings;
  /** Absent: the settings of users may be any JSON object. */
  readonly settingsFault: SettingsCheck | undefined;
  /** True when e-mail, name and settings of users are stored sealed. */
  readonly sealUsers: boolean;
  /** True when words of users' memories are stored sealed. */
  readonly sealMemories: boolean;
  /** True when the setting was said to be false: absent, sealed memories stay as they are. */
  readonly unsealMemories: boolean;
  /** True when what users' messages say, and what is made of it, is stored sealed. */
  readonly sealMessages: boolean;
  /** As `unsealMemories`. */
  readonly unsealMessages: boolean;
  /** True when kept answers to users and values in Redis are sealed: they show what is sealed. */
  readonly sealsAnswers: boolean;
}

type IdentityEnvironment = z.infer<z.ZodObject<typeof identitySettings>>;

export function identitySettingsOf(env: IdentityEnvironment): IdentitySettings {
  const tokenIssuers = tokenIssuersOf(env);
  return Object.freeze({
    serviceKeyFile: env.SERVICE_KEY_FILE,
    apiKeyRetentionDays: env.API_KEY_RETENTION_DAYS,
    auditRetentionDays: env.AUDIT_RETENTION_DAYS,
    mergeUndoDays: env.MERGE_UNDO_DAYS,
    tokenIssuers,
    authorizationServers: [...tokenIssuers.keys()].filter((issuer) => /^https?:/.test(issuer)),
    accounts: accountSettingsOf(env),
    settingsFault: env.USER_SETTINGS_SCHEMA_FILE,
    sealUsers: env.SEAL_USERS,
    sealMemories: env.SEAL_MEMORIES === true,
    unsealMemories: env.SEAL_MEMORIES === false,
    sealMessages: env.SEAL_MESSAGES === true,
    unsealMessages: env.SEAL_MESSAGES === false,
    sealsAnswers: env.SEAL_MEMORIES === true || env.SEAL_MESSAGES === true,
  });
}

const MIN_DIFFERENT = 6;

/**
 * Whether a text could be random: many different characters, no repeated pattern, no run through
 * the alphabet. Random keys pass, also in decimal digits.
 */
export function isVaried(text: string): boolean {
  const codes = [...text].map((letter) => letter.charCodeAt(0));
  const share = (distance: number, alike: (a: number, b: number) => boolean) =>
    codes.slice(distance).filter((code, i) => alike(codes[i]!, code)).length /
    (codes.length - distance);
  if (new Set(codes).size < MIN_DIFFERENT) return false;
  if (share(1, (a, b) => Math.abs(a - b) <= 1) > 0.7) return false;
  const half = Math.floor(codes.length / 2);
  return Array.from({ length: half }, (_, i) => share(i + 1, (a, b) => a === b)).every(
    (repeated) => repeated <= 0.6,
  );
}
