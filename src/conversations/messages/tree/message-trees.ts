// Which messages a conversation shows. Shapes of trees are kept in the process: they only grow.
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { RequestContexts } from '../../../platform/context/index.js';
import { MessagePath } from './message-path.js';
import { MessageTree } from './message-tree.js';
import { type ConversationHead, MessageTreesRepository } from './message-trees.repository.js';

/** Numbers of all shapes together; some 16 MB. */
const MAX_KEPT_NUMBERS = 2_000_000;
/** What an entry takes besides its numbers, as so many of them. */
const ENTRY_NUMBERS = 50;

interface KnownTree extends Pick<ConversationHead, 'lastSeq' | 'createdAt'> {
  tree: MessageTree;
}

/** A conversation with branches. */
export interface BranchedConversation {
  tree: MessageTree;
  /** `seq` of the last message that is shown; 0 for none. */
  headSeq: number;
  lastSeq: number;
}

@Injectable()
export class MessageTrees {
  private readonly known = new LRUCache<string, KnownTree>({
    maxSize: MAX_KEPT_NUMBERS,
    sizeCalculation: ({ tree }) => 2 * tree.runs + ENTRY_NUMBERS,
  });

  constructor(
    private readonly contexts: RequestContexts,
    private readonly rows: MessageTreesRepository,
  ) {}

  /**
   * Reads the shape of a conversation. Null when it has no branches.
   * @returns undefined without the conversation
   */
  async find(conversationId: string): Promise<BranchedConversation | null | undefined> {
    const key = `${this.contexts.userScope().userId} ${conversationId}`;
    const known = this.known.get(key) ?? null;
    const shape = await this.rows.shape(conversationId, known);
    if (!shape) return undefined;
    const { headSeq, lastSeq, createdAt } = shape;
    if (headSeq === null) return null;
    const isKnown = known?.lastSeq === lastSeq && known.createdAt === createdAt;
    const tree = isKnown
      ? known.tree
      : new MessageTree(shape.starts ?? [], shape.parents ?? [], lastSeq);
    if (!isKnown) this.known.set(key, { tree, lastSeq, createdAt });
    return { tree, headSeq, lastSeq };
  }

  /** Returns the path to a message of a conversation that exists; an empty one for 0. */
  async pathTo(conversationId: string, seq: number): Promise<MessagePath> {
    const found = await this.find(conversationId);
    return found ? pathTo(found, seq) : new MessagePath(seq > 0 ? [{ from: 1, to: seq }] : []);
  }
}

/** Returns the path to a message; an empty one for 0. */
export const pathTo = ({ tree }: BranchedConversation, seq: number): MessagePath =>
  new MessagePath(tree.pathTo(seq));
