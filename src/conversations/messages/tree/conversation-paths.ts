// Reads what a conversation shows, a part at a time.
import { Injectable } from '@nestjs/common';
import { Config } from '../../../platform/config/config.js';
import { type MessageDto, toMessageDto } from '../../dto/message.dto.js';
import { MessagesRepository } from '../messages.repository.js';
import type { MessagePath } from './message-path.js';
import { MessageTrees } from './message-trees.js';
import { MessageTreesRepository } from './message-trees.repository.js';

const PAGE_MESSAGES = 100;

/** The messages that a conversation showed at one moment. */
export interface ShownPath {
  conversationId: string;
  /** `seq` of the head; 0 without messages. */
  headSeq: number;
  path: MessagePath;
}

@Injectable()
export class ConversationPaths {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly trees: MessageTrees,
    private readonly rows: MessageTreesRepository,
    private readonly config: Config,
  ) {}

  /** Returns null without the conversation. */
  async find(conversationId: string): Promise<ShownPath | null> {
    const heads = await this.messages.findHeads(conversationId);
    if (heads === null) return null;
    const { headSeq } = heads;
    const path = await this.trees.pathTo(conversationId, headSeq);
    return { conversationId, headSeq, path };
  }

  /**
   * Reads messages of the path, oldest first, no further than is asked for. What a message in
   * progress says is left out.
   * @param pageBytes of contents and metadata that are held at a time
   */
  async *read(
    { conversationId, path }: Omit<ShownPath, 'headSeq'>,
    pageBytes = this.config.bytes.page,
  ): AsyncGenerator<MessageDto> {
    for (let rest = path; rest.length > 0;) {
      const wanted = rest.first(PAGE_MESSAGES + 1);
      const { rows } = await this.rows.page(
        conversationId,
        wanted,
        'asc',
        PAGE_MESSAGES,
        pageBytes,
      );
      if (rows.length === 0) return;
      for (const row of rows) yield toMessageDto(conversationId, row);
      rest = rest.slice(rows.length, rest.length);
    }
  }
}
