// Merges what was sent into a memory that is strengthened by it.
import { MEMORY_LIMITS } from '../memory-limits.js';
import type { MemoryRow, MemoryValues, SupersessionLinks } from '../memory-row.js';
import { computeFingerprint, computeNearFingerprint } from './fingerprint.js';
import type { NewVersion } from './memory-writes.repository.js';

/**
 * Merges a duplicate into the stored memory: tags are joined, metadata gets the keys that it has not,
 * and the higher importance and the later expiry win.
 */
export function mergeDuplicate(stored: MemoryRow, sent: NewVersion): NewVersion {
  const tags = [...new Set([...stored.tags, ...sent.tags])].slice(0, 50);
  const metadata =
    stored.metadata || sent.metadata ? { ...sent.metadata, ...stored.metadata } : null;
  const { kind, label, agentId, conversationId, validFrom, validTo } = stored;
  return {
    ...sent,
    ...{ kind, label, agentId, conversationId, validFrom, validTo, tags, metadata },
    id: stored.id,
    content: stored.content!,
    importance: Math.max(stored.importance, sent.importance),
    expiresAt:
      stored.expiresAt === null || sent.expiresAt === null
        ? null
        : stored.expiresAt > sent.expiresAt
          ? stored.expiresAt
          : sent.expiresAt,
  };
}

/** Merges a near memory as a duplicate. The stored text and metadata stay as they are. */
export function mergeNear(stored: MemoryRow, sent: NewVersion): NewVersion {
  const merged = { ...mergeDuplicate(stored, sent), metadata: stored.metadata };
  return {
    ...merged,
    fingerprint: computeFingerprint(merged),
    nearFingerprint: computeNearFingerprint(merged),
  };
}

/**
 * Returns the links of a memory that is strengthened. It is valid again when it supersedes what has
 * superseded it, as after a move away and back.
 * @param now asks for the time
 */
export async function mergeSupersession(
  stored: MemoryRow,
  sent: NewVersion,
  now: () => Promise<Date>,
): Promise<SupersessionLinks & Partial<Pick<MemoryValues, 'validFrom' | 'validTo'>>> {
  const supersedes = [...new Set([...stored.supersedes, ...sent.supersedes])]
    .filter((id) => id !== stored.id)
    .slice(-MEMORY_LIMITS.supersededNamed);
  const { supersededBy } = stored;
  if (supersededBy === null || !sent.supersedes.includes(supersededBy))
    return { supersedes, supersededBy };
  // The time of an episode is a part of its fingerprint.
  const validFrom =
    sent.kind === 'episode' ? sent.validFrom : (sent.validFrom ?? (await now()).toISOString());
  return { supersedes, supersededBy: null, validFrom, validTo: sent.validTo };
}
