// Settings of how long data is kept that no user deletes.
import { count } from './setting-kinds.js';

export const retentionSettings = {
  CONTEXT_MANIFEST_RETENTION_DAYS: count(90, 36_500).refine(
    (days) => days >= 2,
    'must be at least 2 days: a retry is answered from the manifest for a day',
  ),
  MODEL_CALL_RETENTION_DAYS: count(30, 36_500),
};

export interface RetentionConfig {
  /** Days in which a context can be rebuilt from its manifest. */
  readonly contextManifestDays: number;
  /** Days that a model call is kept after its end. */
  readonly modelCallDays: number;
}

type RetentionEnvironment = Record<keyof typeof retentionSettings, number>;

export const retentionOf = ({
  CONTEXT_MANIFEST_RETENTION_DAYS,
  MODEL_CALL_RETENTION_DAYS,
}: RetentionEnvironment): RetentionConfig =>
  Object.freeze({
    contextManifestDays: CONTEXT_MANIFEST_RETENTION_DAYS,
    modelCallDays: MODEL_CALL_RETENTION_DAYS,
  });
