import type { ModelCallRecord } from './model-call.entity.js';

type Time = 'createdAt' | 'startedAt' | 'finishedAt';
type Internal =
  'userId' | 'request' | 'onCrash' | 'cancelRequested' | 'workerId' | 'leaseExpiresAt';

export type ModelCallRow = Omit<ModelCallRecord, Time | Internal> & {
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  /** Calls of the user at the provider that come before one that waits; null for any other. */
  queuePosition: number | null;
};
