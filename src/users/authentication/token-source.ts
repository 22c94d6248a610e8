// Who gives JSON Web Tokens that are accepted as credentials of users.

/** The user of a token, and the counter of changes that the answer goes with. */
export interface TokenUser {
  id: string;
  isActive: boolean;
  slot: number;
  number: number;
}

/** A token whose signature and claims are right. */
export interface ReadToken {
  /** Milliseconds since 1970, after which the token is refused. */
  readonly expiresAt: number;
  /** The session that the token belongs to, when it is one of ours. */
  readonly sessionId?: string;
  /** @returns null when the token acts for nobody, or for nobody any more */
  find(): Promise<TokenUser | null>;
  /** The same, and creates a user who is new, where that is wanted. */
  findOrCreate(): Promise<TokenUser | null>;
}

export interface TokenSource {
  /** True when the token says that it comes from this source. It verifies nothing. */
  gave(token: string): boolean;
  /**
   * @returns null for a token that is not valid
   * @throws AppError 503 when it cannot be said whether it is
   */
  read(token: string): Promise<ReadToken | null>;
}
