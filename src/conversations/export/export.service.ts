// Writes a conversation as bodies of the import, one page of messages after the other.
import { Injectable } from '@nestjs/common';
import { rfc3339 } from '../../platform/input/index.js';
import { writeJson } from '../../platform/input/exact-json.js';
import type { Conversation } from '../conversation.entity.js';
import { ConversationErrors } from '../conversations.errors.js';
import { ConversationsRepository } from '../conversations.repository.js';
import { type MessageRow, MessagesRepository } from '../messages/messages.repository.js';
import { fromStoredText } from '../parts/index.js';

export const MESSAGES_PER_LINE = 500;
/** Of the messages of a line. One message may have more, and is alone in its line then. */
const LINE_BYTES = 1_048_576;

@Injectable()
export class ExportService {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly messages: MessagesRepository,
  ) {}

  /** @throws AppError 404 when the conversation does not exist */
  get(id: string): Promise<Conversation> {
    return this.conversations.get(id);
  }

  /**
   * Gives the messages that the conversation has now, however many are appended meanwhile.
   * @throws AppError 404 when it is deleted meanwhile
   */
  async *lines(conversation: Conversation): AsyncGenerator<string> {
    const { id, lastSeq } = conversation;
    const importKey = conversation.importKey ?? id;
    let fields: object = { importKey, ...fieldsOf(conversation) };
    let seq = 0;
    do {
      const rows = lastSeq === 0 ? [] : await this.page(id, seq, lastSeq);
      yield `${writeJson({ ...fields, messages: rows.map(toImported) })}\n`;
      seq += rows.length;
      fields = { importKey, firstSeq: seq + 1 };
    } while (seq < lastSeq);
  }

  private async page(id: string, afterSeq: number, lastSeq: number): Promise<MessageRow[]> {
    const range = { afterSeq, beforeSeq: lastSeq + 1, order: 'asc' } as const;
    const page = await this.messages.list(id, range, MESSAGES_PER_LINE, LINE_BYTES);
    if (!page || page.rows.length === 0) throw ConversationErrors.notFound();
    return page.rows;
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

const toImported = ({ role, content, contentIsJson, metadata, createdAt }: MessageRow) => ({
  role,
  content: contentIsJson ? fromStoredText(content) : content,
  ...(metadata === null ? {} : { metadata }),
  createdAt,
});
