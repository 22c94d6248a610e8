export const AGENT_CONFIG_LIMITS = {
  contentBytes: 1_048_576,
  promptLength: 200_000,
  promptParts: 50,
  tools: 128,
  targets: 10,
  /** Values in a whole body, at all depths. */
  values: 50_000,
} as const;
