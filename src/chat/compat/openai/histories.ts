// Finds what is new in the history that a client sends with each request.
import { Injectable } from '@nestjs/common';
import {
  ConversationErrors,
  ConversationNames,
  ConversationPaths,
  type ConversationReference,
  type MessageDto,
  type NewMessage,
} from '../../../conversations/index.js';
import type { StoredMessage } from '../../../conversations/parts/index.js';
import { asClientsSee } from './client-view.js';
import { comparable } from './same-message.js';

/** Where the new messages of a request go. */
export interface HistoryPlace {
  /** Null for a conversation that is to be made. */
  conversationId: string | null;
  /** How many messages of the request are there already. */
  known: number;
  /** Id of the message that the new ones follow; null for none, undefined for the head. */
  parentId: string | null | undefined;
  /** `seq` of the head; null for a conversation that is to be made. */
  expectedHead: number | null;
  /** The last message before the new ones; null without one. */
  last: Pick<MessageDto, 'id' | 'metadata'> | null;
}

const NEW_CONVERSATION: HistoryPlace = {
  conversationId: null,
  known: 0,
  parentId: undefined,
  expectedHead: null,
  last: null,
};

@Injectable()
export class Histories {
  constructor(
    private readonly names: ConversationNames,
    private readonly paths: ConversationPaths,
  ) {}

  /**
   * Compares a history with what the conversation shows, from the first message on. The messages
   * before the first difference are known; those behind it are new, and follow the last known one.
   * Nothing is read beyond the difference.
   * @param messages without instructions
   * @throws AppError 404 for an id of no conversation
   */
  async compare(
    reference: ConversationReference,
    messages: readonly NewMessage[],
  ): Promise<HistoryPlace> {
    const shown = await this.find(reference);
    if (shown === null) return NEW_CONVERSATION;
    const { conversationId, headSeq: expectedHead, path } = shown;
    let [known, stored] = [0, 0];
    let last: MessageDto | null = null;
    for await (const seen of asClientsSee(this.paths.read(shown))) {
      const sent = messages[known];
      if (sent === undefined || !isSame(seen.message, sent)) break;
      known++;
      stored += seen.count;
      ({ last } = seen);
    }
    const isWhole = stored === path.length;
    return {
      conversationId,
      known,
      expectedHead,
      last,
      parentId: isWhole ? undefined : (last?.id ?? null),
    };
  }

  /** Takes all messages as new ones behind the head. @throws AppError as `compare` */
  async behindHead(reference: ConversationReference): Promise<HistoryPlace> {
    const shown = await this.find(reference);
    if (shown === null) return NEW_CONVERSATION;
    const { conversationId, headSeq: expectedHead, path } = shown;
    let last: MessageDto | null = null;
    const end = { ...shown, path: path.last(1) };
    for await (const stored of this.paths.read(end)) last = stored;
    return { conversationId, known: 0, parentId: undefined, expectedHead, last };
  }

  private async find(reference: ConversationReference) {
    const id = await this.names.find(reference);
    const shown = id === null ? null : await this.paths.find(id);
    if (shown === null && (id !== null || typeof reference === 'string'))
      throw ConversationErrors.notFound();
    return shown;
  }
}

/** An erased message equals any text that the client still has in its place, so it stays erased. */
function isSame({ role, content, metadata, erased, status }: MessageDto, sent: NewMessage) {
  if (role !== sent.role) return false;
  if (erased !== undefined || status === 'in_progress') return true;
  const stored: StoredMessage = { role, content, metadata };
  return comparable(stored) === comparable(toStored(sent));
}

const toStored = ({ role, content, metadata }: NewMessage): StoredMessage => ({
  role,
  content,
  metadata,
});
