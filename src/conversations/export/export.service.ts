// Writes a conversation as bodies of the import, one page of messages after the other.
import { Injectable } from '@nestjs/common';
import { rfc3339 } from '../../platform/input/index.js';
import { writeJson } from '../../platform/input/exact-json.js';
import type { Conversation } from '../conversation.entity.js';
import { ConversationErrors } from '../conversations.errors.js';
import { ConversationsRepository } from '../conversations.repository.js';
import type { MessageRow } from '../messages/messages.repository.js';
import type { MessagePath } from '../messages/tree/message-path.js';
import { MessageTreesRepository } from '../messages/tree/message-trees.repository.js';
import { MessageTrees } from '../messages/tree/message-trees.js';
import { fromStoredText } from '../parts/index.js';

export const MESSAGES_PER_LINE = 500;
/** Limits the messages of a line. A larger message has a line of its own. */
const LINE_BYTES = 1_048_576;

@Injectable()
export class ExportService {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly trees: MessageTrees,
    private readonly messages: MessageTreesRepository,
  ) {}

  /** @throws AppError 404 when the conversation does not exist */
  get(id: string): Promise<Conversation> {
    return this.conversations.get(id);
  }

  /**
   * Gives the messages that the conversation shows now, however many are appended meanwhile.
   * Messages of other branches are left out.
   * @throws AppError 404 when it is deleted meanwhile
   */
  async *lines(conversation: Conversation): AsyncGenerator<string> {
    const { id, headSeq, lastSeq } = conversation;
    const path = await this.trees.pathTo(id, headSeq ?? lastSeq);
    const importKey = conversation.key ?? id;
    let fields: object = { importKey, ...fieldsOf(conversation) };
    let done = 0;
    do {
      const next = path.slice(done, done + MESSAGES_PER_LINE);
      const rows = path.length === 0 ? [] : await this.page(id, next);
      yield `${writeJson({ ...fields, messages: rows.map(toImported) })}\n`;
      done += rows.length;
      fields = { importKey, firstSeq: done + 1 };
    } while (done < path.length);
  }

  private async page(id: string, path: MessagePath): Promise<MessageRow[]> {
    const { rows } = await this.messages.page(id, path, 'asc', MESSAGES_PER_LINE, LINE_BYTES);
    if (rows.length === 0) throw ConversationErrors.notFound();
    return rows;
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
