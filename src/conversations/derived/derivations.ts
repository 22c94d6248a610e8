// Registry of what derives from conversations (memories, tasks, events). Other features register
// here, so that this one does not import them.
import { Injectable } from '@nestjs/common';

/** Ids that an answer lists for each kind. Of further ones it gives only the count. */
export const MAX_LISTED_IDS = 100;

/** Rows of one kind that came from a conversation. */
export interface Derived {
  count: number;
  /** The first ids in order, at most the `limit` of the call. */
  ids: string[];
}

export interface Derivation {
  /** Name of the kind in answers, such as `memory`. */
  readonly kind: string;
  /** Finds what came from the conversations, which may already be purged. */
  find: (conversationIds: string[], limit: number) => Promise<Derived>;
  /**
   * Deletes the content of at most `limit` rows permanently. Call it inside a transaction.
   * @returns the number of rows; less than `limit` when none is left
   */
  forget: (conversationIds: string[], limit: number) => Promise<number>;
}

/** A message whose text was erased. */
export interface ErasedMessage {
  conversationId: string;
  seq: number;
  id: string;
}

/** What a feature makes from single messages, such as memories and summaries. */
export interface MessageDerivation {
  readonly kind: string;
  find: (messages: ErasedMessage[], limit: number) => Promise<Derived>;
  /** As in `Derivation`. */
  forget: (messages: ErasedMessage[], limit: number) => Promise<number>;
  /** Marks what was made from the messages and stays. Call it inside a transaction. */
  mark?: (messages: ErasedMessage[]) => Promise<void>;
}

@Injectable()
export class Derivations {
  private readonly derivations: Derivation[] = [];
  private readonly messageDerivations: MessageDerivation[] = [];

  /** Adds a kind. Call it from `onModuleInit`. */
  register(derivation: Derivation): void {
    this.derivations.push(derivation);
    this.derivations.sort((a, b) => (a.kind < b.kind ? -1 : 1));
  }

  registerOfMessages(derivation: MessageDerivation): void {
    this.messageDerivations.push(derivation);
    this.messageDerivations.sort((a, b) => (a.kind < b.kind ? -1 : 1));
  }

  get all(): readonly Derivation[] {
    return this.derivations;
  }

  get ofMessages(): readonly MessageDerivation[] {
    return this.messageDerivations;
  }
}
