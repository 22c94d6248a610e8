// What a list of conversations shows to somebody who looks for something new.
import { Injectable } from '@nestjs/common';
import { type ListQuery, Lists, type Page } from '../../platform/list/index.js';
import { ConversationErrors } from '../conversations.errors.js';
import { conversationList } from '../conversation.list.js';
import { ConversationsRepository } from '../conversations.repository.js';
import { type ConversationState, toConversationDto } from '../dto/conversation.dto.js';
import {
  type Include,
  type ListedConversationDto,
  type MessagePreviewDto,
  PREVIEW_LENGTH,
  type ReadMarkDto,
  toReadMark,
} from '../dto/reading.dto.js';
import { SealedTitles } from '../sealing/sealed-titles.js';
import { fromStoredText, partsOf } from '../parts/index.js';
import { type PreviewedMessage, ReadingRepository } from './reading.repository.js';

@Injectable()
export class ReadingService {
  constructor(
    private readonly rows: ReadingRepository,
    private readonly conversations: ConversationsRepository,
    private readonly lists: Lists,
    private readonly titles: SealedTitles,
  ) {}

  /**
   * Marks messages as read. A mark never goes back, so a device that is late changes nothing.
   * @throws AppError 404 without the conversation; 422 when it has no such message yet
   */
  async mark(id: string, upTo: number): Promise<ReadMarkDto> {
    const marked = await this.rows.mark(id, upTo);
    if (marked) return toReadMark(marked);
    const { readUpTo, lastSeq } = await this.conversations.get(id);
    if (upTo > lastSeq) throw ConversationErrors.seqOutOfRange({ extra: { lastSeq } });
    return toReadMark({ readUpTo, lastSeq });
  }

  /**
   * Lists conversations. The last messages of a page cost one statement.
   * @throws AppError `message.sealed` for what compares titles, where they are sealed
   */
  async list(query: ListQuery, include: Include[]): Promise<Page<ListedConversationDto>> {
    await this.titles.requirePlain(query);
    const previews = new Map<string, MessagePreviewDto>();
    const prepare = async (rows: ConversationState[]): Promise<ConversationState[]> => {
      if (!include.includes('lastMessage')) return this.titles.open(rows);
      const shown = rows.map(({ id, headSeq, lastSeq }) => ({ id, seq: headSeq ?? lastSeq }));
      for (const row of await this.rows.previewed(shown))
        previews.set(row.conversationId, toPreview(row));
      return this.titles.open(rows);
    };
    return this.lists.page<ConversationState, ListedConversationDto>(conversationList, query, [], {
      prepare,
      item: (row) => ({
        ...toConversationDto(row),
        ...(include.includes('lastMessage') ? { lastMessage: previews.get(row.id) ?? null } : {}),
        ...(include.includes('unread') ? toReadMark(row) : {}),
      }),
    });
  }
}

const toPreview = (row: PreviewedMessage): MessagePreviewDto => ({
  id: row.id,
  seq: row.seq,
  role: row.role,
  ...(row.status ? { status: row.status } : {}),
  createdAt: row.createdAt,
  preview: textOf(row),
});

function textOf({ role, content, contentIsJson }: PreviewedMessage): string | null {
  if (!content) return null;
  if (!contentIsJson)
    return [...content.slice(0, 2 * PREVIEW_LENGTH)].slice(0, PREVIEW_LENGTH).join('');
  const parts = partsOf({ role, content: fromStoredText(content), metadata: null });
  const text = parts.flatMap((part) => (part.kind === 'text' ? part.text : [])).join('\n');
  return [...text.slice(0, 2 * PREVIEW_LENGTH)].slice(0, PREVIEW_LENGTH).join('') || null;
}
