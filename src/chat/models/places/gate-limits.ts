/** What the operator lets a provider get. */
export interface GateLimits {
  /** Calls that run at a time; absent for no limit. */
  concurrency?: number | undefined;
  /** Absent for no limit. */
  requestsPerMinute?: number | undefined;
}
