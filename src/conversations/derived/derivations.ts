// What derives from conversations: other features register here, as this one knows none of them.
import { Injectable } from '@nestjs/common';

/** Ids that an answer names of each kind; of more, only the count. */
export const MAX_LISTED_IDS = 100;

/** What has been found to derive from a conversation. */
export interface Derived {
  count: number;
  /** The first of them, as many as were asked for. */
  ids: string[];
}

export interface Derivation {
  /** What its rows are called in answers. */
  readonly kind: string;
  /** What derives from the conversations, whether they are still there or not. */
  find: (conversationIds: string[], limit: number) => Promise<Derived>;
  /** Inside a transaction: takes the content of at most `limit` of them for good. @returns how many; fewer than `limit` when none is left */
  forget: (conversationIds: string[], limit: number) => Promise<number>;
}

@Injectable()
export class Derivations {
  private readonly derivations: Derivation[] = [];

  /** Call it from `onModuleInit`. */
  register(derivation: Derivation): void {
    this.derivations.push(derivation);
    this.derivations.sort((a, b) => (a.kind < b.kind ? -1 : 1));
  }

  get all(): readonly Derivation[] {
    return this.derivations;
  }
}
