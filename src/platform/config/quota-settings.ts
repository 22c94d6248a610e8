// How much one user may keep, in rows and in bytes.
import { z } from 'zod';

const GB = 1024 ** 3;

/** 0 is no limit. */
const quota = (fallback: number) =>
  z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(fallback);

export const quotaSettings = {
  QUOTA_CONVERSATIONS: quota(200_000),
  QUOTA_MESSAGES: quota(10_000_000),
  QUOTA_MESSAGE_BYTES: quota(20 * GB),
  QUOTA_MEMORIES: quota(200_000),
  QUOTA_MEMORY_VERSIONS: quota(2_000_000),
  QUOTA_MEMORY_BYTES: quota(4 * GB),
  QUOTA_MANIFESTS: quota(500_000),
  QUOTA_MANIFEST_BYTES: quota(5 * GB),
  QUOTA_CONFIG_VERSIONS: quota(20_000),
  QUOTA_PLANS: quota(200_000),
  QUOTA_KEYS: quota(1_000),
  QUOTA_ANSWER_BYTES: quota(GB),
};

type Parsed = Record<keyof typeof quotaSettings, number>;

/** The most that one user keeps of each; 0 is no limit. */
export interface QuotaLimits {
  /** With forks, and with those that are deleted and can be restored. */
  readonly conversations: number;
  /** With summaries, as are their bytes. */
  readonly messages: number;
  readonly messageBytes: number;
  /** With blocks, as they are now. */
  readonly memories: number;
  /** Of memories and blocks; forgotten ones keep theirs, without content, until they are purged. */
  readonly memoryVersions: number;
  readonly memoryBytes: number;
  readonly manifests: number;
  readonly manifestBytes: number;
  /** Of agent configurations, with what is laid over them and with the moves of their aliases. */
  readonly configVersions: number;
  /** Tasks and events, with those that are deleted and can be restored. */
  readonly plans: number;
  /** Those that can be used. */
  readonly keys: number;
  /** Of answers to requests with an Idempotency-Key, which are kept for a day, with what keeps them. */
  readonly answerBytes: number;
}

export type QuotaName = keyof QuotaLimits;

export const quotaLimitsOf = (env: Parsed): QuotaLimits =>
  Object.freeze({
    conversations: env.QUOTA_CONVERSATIONS,
    messages: env.QUOTA_MESSAGES,
    messageBytes: env.QUOTA_MESSAGE_BYTES,
    memories: env.QUOTA_MEMORIES,
    memoryVersions: env.QUOTA_MEMORY_VERSIONS,
    memoryBytes: env.QUOTA_MEMORY_BYTES,
    manifests: env.QUOTA_MANIFESTS,
    manifestBytes: env.QUOTA_MANIFEST_BYTES,
    configVersions: env.QUOTA_CONFIG_VERSIONS,
    plans: env.QUOTA_PLANS,
    keys: env.QUOTA_KEYS,
    answerBytes: env.QUOTA_ANSWER_BYTES,
  });
