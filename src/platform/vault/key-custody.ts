// Who keeps the keys that data keys are wrapped with: this process, or a service that never gives them away.

export interface WrappedKey {
  keyId: string;
  wrapped: Buffer;
}

/**
 * Wraps and unwraps data keys, and nothing else. `context` says whose data key it is: wrapped for one, it does not unwrap for another.
 * A failure that passes, such as a service that is away, is thrown as it is; callers try again.
 */
export abstract class KeyCustody {
  /** What `wrap` uses now; null while it has no key. */
  abstract currentKeyId(): Promise<string | null>;

  /** Two wraps of one data key are never the same bytes. @throws AppError `vault.not_configured` without a key. */
  abstract wrap(dataKey: Buffer, context: string): Promise<WrappedKey>;

  /** @throws AppError `vault.key_missing` for a key that is not known here, `vault.unreadable` for what it did not wrap so. */
  abstract unwrap(key: WrappedKey, context: string): Promise<Buffer>;
}
