// Finds the message that a request names: by its id, or by `key:` and the application's own key.
import { Injectable, type PipeTransform } from '@nestjs/common';
import type { AppError } from '../../../platform/errors/index.js';
import { ConversationErrors, MessageErrors } from '../../conversations.errors.js';
import {
  type ConversationReference,
  ConversationReferenceParameter,
  readReference,
} from '../../keys/conversation-reference.js';
import { MessagesRepository } from '../messages.repository.js';
import { MarkedMessagesRepository, type TakenKey } from './marked-messages.repository.js';

/** An id, or the key of a message that may not exist. */
export type MessageReference = ConversationReference;

export const MessageReferenceParameter: PipeTransform<string, MessageReference> =
  ConversationReferenceParameter;

@Injectable()
export class MessageIds {
  constructor(
    private readonly marked: MarkedMessagesRepository,
    private readonly messages: MessagesRepository,
  ) {}

  /**
   * Gives the id of the message of a path. An id costs nothing, and may be that of no message.
   * @throws AppError 404 when no message of the conversation has the key
   */
  async inPath(conversationId: string, reference: MessageReference): Promise<string> {
    if (typeof reference === 'string') return reference;
    const id = await this.marked.findId(conversationId, reference.key);
    if (id !== null) return id;
    const heads = await this.messages.findHeads(conversationId);
    throw heads === null ? ConversationErrors.notFound() : MessageErrors.notFound();
  }

  /** Gives the id of the message with this key; null without one. */
  findByKey = (conversationId: string, key: string): Promise<string | null> =>
    this.marked.findId(conversationId, key);

  /** Tells which of the keys messages of the conversation have, removed ones included. */
  taken = (conversationId: string, keys: string[]): Promise<TakenKey[]> =>
    this.marked.findTaken(conversationId, keys);

  /**
   * Gives the id that a field of a body names, as `inPath`.
   * @throws AppError 422 when no message of the conversation has the key
   */
  async inBody(conversationId: string, text: string, pointer: string): Promise<string> {
    const reference = readReference(text);
    if (typeof reference === 'string') return reference;
    const id = await this.marked.findId(conversationId, reference.key);
    if (id === null) throw noSuchMessage(pointer);
    return id;
  }
}

export const noSuchMessage = (pointer: string): AppError =>
  ConversationErrors.unknownMessage({
    errors: [{ pointer, message: 'is no message of this conversation' }],
  });
