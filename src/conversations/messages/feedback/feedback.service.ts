import { Injectable } from '@nestjs/common';
import { MessageErrors } from '../../conversations.errors.js';
import { type FeedbackDto, type GiveFeedbackDto, toFeedbackDto } from '../../dto/feedback.dto.js';
import { MessageGuard } from '../message-guard.js';
import { MessagesRepository } from '../messages.repository.js';
import { FeedbackRepository } from './feedback.repository.js';

/** What the user thinks of a message. It changes nothing that models get. */
@Injectable()
export class FeedbackService {
  constructor(
    private readonly rows: FeedbackRepository,
    private readonly messages: MessagesRepository,
    private readonly guard: MessageGuard,
  ) {}

  /**
   * Gives feedback, in place of what the message had. The same again changes nothing.
   * @throws AppError 404 without the conversation or the message; 410 when it was removed; 422 when
   * the guard of messages finds a secret
   */
  async give(
    conversationId: string,
    messageId: string,
    { rating, comment = null }: GiveFeedbackDto,
  ): Promise<FeedbackDto> {
    if (this.guard.isOn) await this.guard.refuseFields({ '/comment': comment });
    const given = { rating, comment, at: new Date().toISOString() };
    const written = await this.rows.write(conversationId, messageId, given);
    if (written) return toFeedbackDto(written);
    await this.messages.get(conversationId, messageId);
    throw MessageErrors.removed();
  }

  /**
   * Takes back the feedback of a message, if it has any.
   * @throws AppError 404 without the conversation or the message
   */
  async takeBack(conversationId: string, messageId: string): Promise<void> {
    const written = await this.rows.write(conversationId, messageId, null);
    if (written === undefined) await this.messages.get(conversationId, messageId);
  }
}
