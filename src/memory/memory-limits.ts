export const MEMORY_LIMITS = {
  perCall: 1_000,
  contentBytes: 65_536,
  tags: 50,
  tagLength: 100,
  sources: 100,
  agentIdLength: 200,
  reasonLength: 500,
} as const;
