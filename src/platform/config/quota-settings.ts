// Settings of what one user may store, in rows and bytes.
import { z } from 'zod';

const GB = 1024 ** 3;

/** 0 means no limit. */
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
  QUOTA_MODEL_CALLS: quota(100_000),
  QUOTA_MODEL_CALL_BYTES: quota(5 * GB),
  QUOTA_CONFIG_VERSIONS: quota(20_000),
  QUOTA_PLANS: quota(200_000),
  QUOTA_STORE_ITEMS: quota(200_000),
  QUOTA_STORE_BYTES: quota(4 * GB),
  QUOTA_CHECKPOINTS: quota(1_000_000),
  QUOTA_CHECKPOINT_BYTES: quota(10 * GB),
  QUOTA_KEYS: quota(1_000),
  QUOTA_ANSWER_BYTES: quota(GB),
};

type QuotaEnvironment = Record<keyof typeof quotaSettings, number>;

/** The most that one user may store of each kind; 0 means no limit. */
export interface QuotaLimits {
  /** Includes forks and soft-deleted conversations. */
  readonly conversations: number;
  /** Includes summaries, as their bytes do. */
  readonly messages: number;
  readonly messageBytes: number;
  /** Includes blocks. Counts current versions only. */
  readonly memories: number;
  /**
   * Versions of memories and blocks. Forgotten memories keep theirs, without content, until they
   * are purged.
   */
  readonly memoryVersions: number;
  readonly memoryBytes: number;
  readonly manifests: number;
  readonly manifestBytes: number;
  readonly modelCalls: number;
  /** Of requests and replies. */
  readonly modelCallBytes: number;
  /** Versions of agent configurations, overrides, and revisions of aliases. */
  readonly configVersions: number;
  /** Tasks and events, including soft-deleted ones. */
  readonly plans: number;
  /** Of LangGraph, as are the next three. Items that have expired count until they are removed. */
  readonly storeItems: number;
  readonly storeBytes: number;
  readonly checkpoints: number;
  /** With the values of channels, and what tasks have written. */
  readonly checkpointBytes: number;
  /** Keys that are neither revoked nor expired. */
  readonly keys: number;
  /** Answers kept for `Idempotency-Key` (for a day), with their rows' overhead. */
  readonly answerBytes: number;
}

export type QuotaName = keyof QuotaLimits;

export const quotaLimitsOf = (env: QuotaEnvironment): QuotaLimits =>
  Object.freeze({
    conversations: env.QUOTA_CONVERSATIONS,
    messages: env.QUOTA_MESSAGES,
    messageBytes: env.QUOTA_MESSAGE_BYTES,
    memories: env.QUOTA_MEMORIES,
    memoryVersions: env.QUOTA_MEMORY_VERSIONS,
    memoryBytes: env.QUOTA_MEMORY_BYTES,
    manifests: env.QUOTA_MANIFESTS,
    manifestBytes: env.QUOTA_MANIFEST_BYTES,
    modelCalls: env.QUOTA_MODEL_CALLS,
    modelCallBytes: env.QUOTA_MODEL_CALL_BYTES,
    configVersions: env.QUOTA_CONFIG_VERSIONS,
    plans: env.QUOTA_PLANS,
    storeItems: env.QUOTA_STORE_ITEMS,
    storeBytes: env.QUOTA_STORE_BYTES,
    checkpoints: env.QUOTA_CHECKPOINTS,
    checkpointBytes: env.QUOTA_CHECKPOINT_BYTES,
    keys: env.QUOTA_KEYS,
    answerBytes: env.QUOTA_ANSWER_BYTES,
  });
