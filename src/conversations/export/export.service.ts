// Writes a conversation as bodies of the import, one page of messages after the other.
import { Injectable } from '@nestjs/common';
import { rfc3339 } from '../../platform/input/index.js';
import { writeJson } from '../../platform/input/exact-json.js';
import type { Conversation } from '../conversation.entity.js';
import { ConversationErrors } from '../conversations.errors.js';
import { ConversationsRepository } from '../conversations.repository.js';
import { toFeedbackDto } from '../dto/feedback.dto.js';
import type { MessageRow } from '../messages/messages.repository.js';
import { MessagePath } from '../messages/tree/message-path.js';
import { UnfinishedMessages } from '../messages/unfinished/unfinished-messages.service.js';
import { MessageTreesRepository } from '../messages/tree/message-trees.repository.js';
import { toMessageDto } from '../dto/message.dto.js';
import { MessageTrees } from '../messages/tree/message-trees.js';
import { convertMessages, type Dialect, fromStoredText } from '../parts/index.js';

export const MESSAGES_PER_LINE = 500;
/** Limits the messages of a line. A larger message has a line of its own. */
const LINE_BYTES = 1_048_576;

@Injectable()
export class ExportService {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly messages: MessageTreesRepository,
    private readonly trees: MessageTrees,
    private readonly unfinished: UnfinishedMessages,
  ) {}

  /** @throws AppError 404 when the conversation does not exist */
  get(id: string): Promise<Conversation> {
    return this.conversations.get(id);
  }

  /**
   * Gives the messages of all branches that are there now, however many are appended meanwhile. The
   * last line names the head of a conversation with branches, and what its user has read.
   * @throws AppError 404 when it is deleted meanwhile
   */
  async *lines(conversation: Conversation): AsyncGenerator<string> {
    const { id, headSeq, readUpTo, lastSeq } = conversation;
    const path = new MessagePath(lastSeq > 0 ? [{ from: 1, to: lastSeq }] : []);
    const importKey = conversation.key ?? id;
    let fields: object = { importKey, ...fieldsOf(conversation) };
    let done = 0;
    do {
      const next = path.slice(done, done + MESSAGES_PER_LINE);
      const rows = path.length === 0 ? [] : await this.page(id, next);
      done += rows.length;
      const last = {
        ...(headSeq === null ? {} : { headSeq }),
        ...(readUpTo === null ? {} : { readUpTo }),
      };
      const beside = done >= lastSeq ? last : {};
      yield `${writeJson({ ...fields, ...beside, messages: rows.map(toImported) })}\n`;
      fields = { importKey, firstSeq: done + 1 };
    } while (done < path.length);
  }

  /**
   * Gives the messages that the conversation shows, in a dialect. A line has those of a page, beside
   * the title and the key; `omitted` names parts that have no place in the dialect.
   * @throws AppError 404 when it is deleted meanwhile
   */
  async *convertedLines(conversation: Conversation, dialect: Dialect): AsyncGenerator<string> {
    const { id, title, headSeq, lastSeq } = conversation;
    const path = await this.trees.pathTo(id, headSeq ?? lastSeq);
    for (let done = 0; done < path.length;) {
      const rows = await this.page(id, path.slice(done, done + MESSAGES_PER_LINE));
      done += rows.length;
      const messages = rows.map((row) => toMessageDto(id, row));
      const converted = convertMessages(messages, dialect);
      yield `${writeJson({ importKey: conversation.key ?? id, title, ...converted })}\n`;
    }
  }

  private async page(id: string, path: MessagePath): Promise<MessageRow[]> {
    const { rows } = await this.messages.page(id, path, 'asc', MESSAGES_PER_LINE, LINE_BYTES);
    if (rows.length === 0) throw ConversationErrors.notFound();
    return this.unfinished.fill(id, rows, LINE_BYTES);
  }
}

const fieldsOf = ({
  title,
  tags,
  metadata,
  status,
  createdAt,
  updatedAt,
}: Conversation): object => ({
  title,
  tags,
  metadata,
  status,
  createdAt: rfc3339(createdAt),
  updatedAt: rfc3339(updatedAt),
});

const toImported = ({
  role,
  content,
  contentIsJson,
  metadata,
  createdAt,
  key,
  status,
  feedback,
  parentSeq,
}: MessageRow) => ({
  role,
  content: contentIsJson ? fromStoredText(content) : content,
  ...(metadata === null ? {} : { metadata }),
  createdAt,
  ...(key ? { key } : {}),
  ...(status ? { status } : {}),
  ...(feedback ? { feedback: toFeedbackDto(feedback) } : {}),
  // 0 is a message that follows none; null follows the one before.
  ...(parentSeq === null ? {} : { parentSeq: parentSeq || null }),
});
