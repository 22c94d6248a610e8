export const MEMORY_LIMITS = {
  perCall: 1_000,
  contentBytes: 65_536,
  tags: 50,
  tagLength: 100,
  sources: 100,
  /** Memories that one write supersedes. */
  superseded: 20,
  /** Memories that are named as superseded by one memory, after several writes. */
  supersededNamed: 100,
  /** Near memories that an answer names. */
  similar: 10,
  agentIdLength: 200,
  reasonLength: 500,
} as const;
