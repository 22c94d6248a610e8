// Keeps the keys that wrap data keys: in this process, or in a service that never reveals them.

export interface WrappedKey {
  keyId: string;
  wrapped: Buffer;
}

/**
 * Wraps and unwraps data keys. `context` names the owner: a key wrapped for one owner does not
 * unwrap for another. Throws temporary failures, such as an outage, unchanged, so that callers
 * retry.
 */
export abstract class KeyCustody {
  /** The id of the key that `wrap` uses; null without a key. */
  abstract currentKeyId(): Promise<string | null>;

  /**
   * Wraps a data key, each time to different bytes.
   * @throws AppError `vault.not_configured` without a key
   */
  abstract wrap(dataKey: Buffer, context: string): Promise<WrappedKey>;

  /**
   * @throws AppError `vault.key_missing` for an unknown key, `vault.unreadable` for bytes that this
   * key did not wrap in this context
   */
  abstract unwrap(key: WrappedKey, context: string): Promise<Buffer>;
}
