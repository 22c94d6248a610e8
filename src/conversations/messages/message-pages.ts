// Lists the messages that a conversation shows: the path to its head, or to another message, or all.
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import {
  type Condition,
  type ListQuery,
  Lists,
  namesField,
  type Page,
  shortened,
} from '../../platform/list/index.js';
import { ConversationErrors } from '../conversations.errors.js';
import { SealedSearches } from '../sealing/sealed-searches.js';
import type { ConvertedPageDto } from '../dto/converted.dto.js';
import { type MessageDto, toMessageDto } from '../dto/message.dto.js';
import { convertMessages, type MessageFormat } from '../parts/index.js';
import { inConversation, messageList } from './message.list.js';
import { continueAfter, seqRangeOf } from './message-range.js';
import { BRANCHED, type MessageRow, MessagesRepository } from './messages.repository.js';
import { MessagePath } from './tree/message-path.js';
import { type MessageTree } from './tree/message-tree.js';
import { MessageTrees, pathTo } from './tree/message-trees.js';
import { UnfinishedMessages } from './unfinished/unfinished-messages.service.js';
import { MessageTreesRepository } from './tree/message-trees.repository.js';

/** Which messages of a conversation are listed. */
export interface MessageView {
  /** All messages of all branches, as they arrived. */
  all: boolean;
  /** Id of the message to take as the head. */
  head: string | undefined;
}

/** The messages to list, of a conversation with branches or up to a given message. */
interface Shown {
  path: MessagePath;
  tree: MessageTree | null;
}

@Injectable()
export class MessagePages {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly trees: MessageTrees,
    private readonly treeRows: MessageTreesRepository,
    private readonly lists: Lists,
    private readonly config: Config,
    private readonly unfinished: UnfinishedMessages,
    private readonly sealed: SealedSearches,
  ) {}

  /**
   * Lists messages, newest first unless the query sorts them.
   * @throws AppError 400 for `q` and filters by metadata where messages are sealed
   * @throws AppError 404 when the conversation does not exist, or has no such message as `head`; 409
   * for an ascending cursor after whose page the head moved to another branch
   */
  async list(
    conversationId: string,
    query: ListQuery,
    view: MessageView,
  ): Promise<Page<MessageDto>> {
    await this.sealed.requirePlain(comparedIn(query));
    const plain =
      view.head === undefined ? await this.listPlain(conversationId, query, view) : null;
    if (plain && plain !== BRANCHED) return plain;
    const shown = await this.find(conversationId, view.head);
    return this.listPath(conversationId, query, view, shown);
  }

  /**
   * Lists messages in a dialect, in the order of the conversation within the page.
   * @throws AppError as `list`
   */
  async listConverted(
    conversationId: string,
    query: ListQuery,
    view: MessageView,
    format: MessageFormat,
  ): Promise<ConvertedPageDto> {
    const whole = { ...query, fields: undefined };
    const { data, ...page } = await this.list(conversationId, whole, view);
    const ordered = data.toSorted((a, b) => a.seq - b.seq);
    const { messages, ...beside } = convertMessages(ordered, format);
    return { data: messages, ...beside, ...page };
  }

  /** Lists what the log has in a range, which is the path of a conversation without branches. */
  private async listPlain(
    conversationId: string,
    query: ListQuery,
    view: MessageView,
  ): Promise<Page<MessageDto> | typeof BRANCHED> {
    const within = [inConversation(conversationId), ...viewed(view)];
    const range = seqRangeOf(query);
    if (!range) {
      const heads = await this.messages.findHeads(conversationId);
      if (!heads) throw ConversationErrors.notFound();
      if (heads.isBranched && !view.all) return BRANCHED;
      return this.lists.page(messageList, query, within, {
        prepare: (rows) => this.prepare(conversationId, rows),
      });
    }
    const asked = this.lists.question(messageList, query, within);
    const rest = continueAfter(range, this.lists.after(query, asked));
    const read = view.all ? 'listAll' : 'list';
    const page = await this.messages[read](
      conversationId,
      rest,
      query.limit,
      this.config.bytes.page,
    );
    if (!page) throw ConversationErrors.notFound();
    if (page === BRANCHED) return BRANCHED;
    const filled = shortened<MessageRow>(page, await this.fill(conversationId, page.rows));
    return this.lists.paged<MessageRow, MessageDto>(messageList, query, filled, asked, (row) =>
      toMessageDto(conversationId, row),
    );
  }

  private async prepare<Row extends MessageRow>(
    conversationId: string,
    rows: Row[],
  ): Promise<Row[]> {
    return this.fill(conversationId, await this.messages.opened(rows));
  }

  private fill<Row extends MessageRow>(conversationId: string, rows: Row[]): Promise<Row[]> {
    return this.unfinished.fill(conversationId, rows, this.config.bytes.page);
  }

  private async find(conversationId: string, headId: string | undefined): Promise<Shown> {
    const found = await this.trees.find(conversationId);
    if (found === undefined) throw ConversationErrors.notFound();
    const seq = headId === undefined ? null : await this.treeRows.findSeq(conversationId, headId);
    if (headId !== undefined && seq === null) throw ConversationErrors.messageNotFound();
    if (found) return { path: pathTo(found, seq ?? found.headSeq), tree: found.tree };
    return { path: new MessagePath([{ from: 1, to: seq! }]), tree: null };
  }

  private async listPath(
    conversationId: string,
    query: ListQuery,
    view: MessageView,
    { path, tree }: Shown,
  ): Promise<Page<MessageDto>> {
    const within = [inConversation(conversationId), ...viewed(view)];
    const toDto = (row: MessageRow) =>
      toMessageDto(conversationId, row, tree?.countSiblings(row.seq));
    const range = seqRangeOf(query);
    if (!range)
      return this.lists.page(messageList, query, [...within, isOn(path)], {
        prepare: (rows) => this.prepare(conversationId, rows),
        item: toDto,
      });
    const asked = this.lists.question(messageList, query, within);
    const position = this.lists.after(query, asked);
    const { afterSeq, beforeSeq, order } = continueAfter(range, position);
    // The messages before a position are its ancestors, wherever the head is by now.
    const isFixed = position !== null && order === 'desc' && tree !== null;
    if (position && order === 'asc' && path.placeOf(position[0] as number) === null)
      throw ConversationErrors.headMoved({
        detail: 'The page before is of another branch than the conversation shows now.',
      });
    const asOf = isFixed ? new MessagePath(tree.pathTo(position[0] as number)) : path;
    const rest = asOf.between(afterSeq, beforeSeq);
    const wanted = order === 'asc' ? rest.first(query.limit + 1) : rest.last(query.limit + 1);
    const page = await this.treeRows.page(
      conversationId,
      wanted,
      order,
      query.limit,
      this.config.bytes.page,
    );
    const filled = shortened(page, await this.fill(conversationId, page.rows));
    return this.lists.paged<MessageRow, MessageDto>(messageList, query, filled, asked, toDto);
  }
}

/** What of a query the database can only compare in plain messages. */
const comparedIn = ({ q, filters }: ListQuery): string[] => [
  ...(q === undefined ? [] : ['q']),
  ...(filters.some((one) => namesField(one, 'metadata')) ? ['metadata'] : []),
];

/** Binds cursors to the view. The plain view has no condition, so that its cursors stay valid. */
const viewed = ({ all, head }: MessageView): Condition[] => {
  if (head !== undefined) return [{ name: `path to ${head}`, text: () => 'true' }];
  return all ? [{ name: 'all branches', text: () => 'true' }] : [];
};

const isOn = (path: MessagePath): Condition => ({
  name: 'on the path',
  text: (parameter) => `seq <@ ${parameter(path.multirange, 'int4multirange')}`,
});
