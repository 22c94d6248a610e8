// Settings of users, API keys, outside issuers, and the audit records.
import { z } from 'zod';
import { issuerSettings, type TokenIssuers, tokenIssuersOf } from './issuer-settings.js';
import { count } from './setting-kinds.js';
import { type SettingsCheck, settingsSchemaFile } from './user-settings-schema.js';

/**
 * The fewest days that audit records are kept. A policy of their table lets no login delete younger
 * records.
 */
const AUDIT_MIN_DAYS = 30;

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
  SERVICE_KEY_FILE: z.string().min(1).optional(),
  USER_SETTINGS_SCHEMA_FILE: settingsSchemaFile.optional(),
  API_KEY_RETENTION_DAYS: count(90, 36_500),
  AUDIT_RETENTION_DAYS: z.coerce.number().int().min(AUDIT_MIN_DAYS).max(36_500).default(365),
};

/** Days count from the end of a key's life, and from the time of a record. */
export interface IdentitySettings {
  readonly serviceKeyFile: string | undefined;
  readonly apiKeyRetentionDays: number;
  readonly auditRetentionDays: number;
  readonly tokenIssuers: TokenIssuers;
  /** Absent: the settings of users may be any JSON object. */
  readonly settingsFault: SettingsCheck | undefined;
}

type IdentityEnvironment = z.infer<z.ZodObject<typeof identitySettings>>;

export const identitySettingsOf = (env: IdentityEnvironment): IdentitySettings =>
  Object.freeze({
    serviceKeyFile: env.SERVICE_KEY_FILE,
    apiKeyRetentionDays: env.API_KEY_RETENTION_DAYS,
    auditRetentionDays: env.AUDIT_RETENTION_DAYS,
    tokenIssuers: tokenIssuersOf(env),
    settingsFault: env.USER_SETTINGS_SCHEMA_FILE,
  });

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
