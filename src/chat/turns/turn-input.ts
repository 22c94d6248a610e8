// Puts the messages of a turn into its conversation, with the reply that the model will write behind
// them.
import { Injectable } from '@nestjs/common';
import {
  type AppendInput,
  type ConversationReference,
  MessagesService,
} from '../../conversations/index.js';
import { newReply } from './run/new-reply.js';

/** A reply in progress, and where it is. */
export interface BegunReply {
  conversationId: string;
  reply: { id: string; seq: number };
}

@Injectable()
export class TurnInput {
  constructor(private readonly messages: MessagesService) {}

  /** @throws AppError as an append */
  async append(
    conversation: ConversationReference,
    turnId: string,
    input: AppendInput,
    createIfMissing: boolean,
  ): Promise<BegunReply> {
    const { answer } = await this.messages.append(
      conversation,
      withReply(input, turnId),
      createIfMissing,
    );
    return lastOf(answer.data);
  }

  /** Checks messages that are appended later. @throws AppError as an append */
  check(input: AppendInput): Promise<void> {
    return this.messages.check(input);
  }

  /** Appends what was checked. @throws AppError as an append */
  async appendChecked(
    conversationId: string,
    turnId: string,
    input: AppendInput,
  ): Promise<BegunReply> {
    const { answer } = await this.messages.appendChecked(
      conversationId,
      withReply(input, turnId),
      false,
    );
    return lastOf(answer.data);
  }
}

const withReply = (input: AppendInput, turnId: string): AppendInput => ({
  ...input,
  messages: [...input.messages, newReply(turnId)],
  isBatch: true,
});

function lastOf(appended: { id: string; seq: number; conversationId: string }[]): BegunReply {
  const { id, seq, conversationId } = appended.at(-1)!;
  return { conversationId, reply: { id, seq } };
}
