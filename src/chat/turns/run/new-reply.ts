import { REPLY_LEASE_SECONDS } from './reply-writer.js';

/** A reply in progress, to be appended. */
export const newReply = (turnId: string) => ({
  role: 'assistant' as const,
  content: '',
  metadata: { turnId },
  status: 'in_progress' as const,
  leaseSeconds: REPLY_LEASE_SECONDS,
});
