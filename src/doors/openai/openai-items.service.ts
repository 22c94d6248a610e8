// The items of a conversation: the messages that it shows.
import { Injectable } from '@nestjs/common';
import {
  type AppendInput,
  BranchesService,
  ConversationErrors,
  ConversationPaths,
  type MarkedResult,
  type MessageDto,
  MessageErasureService,
  MessageErrors,
  MessageIds,
  MessagePages,
  MessagesService,
} from '../../conversations/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { AppError } from '../../platform/errors/index.js';
import type { ListQuery, Page } from '../../platform/list/index.js';
import type { ItemListDto } from './dto/item.dto.js';
import { cursorOf, itemsOfMessage, type MessageItem } from './items-of-message.js';
import { OpenAiErrors } from './openai.errors.js';
import { readItemId, toItemId } from './openai-ids.js';
import { awaitAtItems, keysOf, readItems, type UsedIds } from './read-items.js';

export type ItemOrder = 'asc' | 'desc';

export interface ItemPage {
  after: string | undefined;
  limit: number;
  order: ItemOrder;
}

/** Among how many of the newest messages an id is looked for that is no key. */
const MAX_SCANNED = 1_000;
/** Messages that are read at a time for it. */
const SCANNED_PAGE = 100;
/** Messages that are read at a time behind those that have no item. */
const SKIPPED_PAGE = 500;
/** Reads for one page: removed messages have no items, and there may be any number of them. */
const MAX_READS = 10;
/** Another append may take a key meanwhile. */
const MAX_ATTEMPTS = 3;

const SHOWN = { all: false, head: undefined };

@Injectable()
export class OpenAiItems {
  constructor(
    private readonly messages: MessagesService,
    private readonly pages: MessagePages,
    private readonly paths: ConversationPaths,
    private readonly ids: MessageIds,
    private readonly erasure: MessageErasureService,
    private readonly branches: BranchesService,
    private readonly database: ScopedDatabase,
  ) {}

  /** @throws AppError as an append does, with pointers below `/items` */
  async append(conversationId: string, items: readonly unknown[]): Promise<MarkedResult> {
    for (let attempt = 1; ; attempt++) {
      const input = await this.read(conversationId, items);
      try {
        return await awaitAtItems(this.messages.append(conversationId, input, false));
      } catch (error) {
        const isTaken = error instanceof AppError && error.code === MessageErrors.keyTaken.code;
        if (!isTaken || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  /**
   * @throws AppError 404 without the conversation or the item behind which the page begins; 409 when
   * the conversation shows another branch than that of the page before
   */
  async list(conversationId: string, { after, limit, order }: ItemPage): Promise<ItemListDto> {
    const known = after === undefined ? null : await this.place(conversationId, after);
    if (known) refuseOtherBranch(known, order);
    const found: MessageItem[] = [];
    // The message itself is read again, because the page before may have ended between its items.
    let from = known && known.message.seq + (order === 'asc' ? -1 : 1);
    let last: MessageDto | undefined;
    for (let reads = 0; reads < MAX_READS; reads++) {
      const size = reads === 0 ? limit + 1 : SKIPPED_PAGE;
      const page = await this.page(conversationId, from, size, order);
      for (const message of page.data) found.push(...inOrder(message, order));
      if (known?.item) dropTo(found, known.item.ownId);
      const hasMore = page.nextCursor !== null;
      if (found.length > 0) return listOf(found.slice(0, limit), hasMore || found.length > limit);
      if (!hasMore) return listOf([], false);
      last = page.data.at(-1) ?? last;
      from = last?.seq ?? from;
    }
    return { ...listOf([], true), last_id: last ? toItemId('message', last.id, 1) : null };
  }

  /** @throws AppError 404 without the conversation or the item */
  async get(conversationId: string, itemId: string): Promise<MessageItem> {
    const { item, isOnPath } = await this.place(conversationId, itemId);
    if (item === null || !isOnPath) throw OpenAiErrors.itemNotFound();
    return item;
  }

  /**
   * Erases the message of an item. When the conversation ends with it, it ends with the one before.
   * @throws AppError 404 without the conversation or the item; 409 when the message has more
   */
  async remove(conversationId: string, itemId: string): Promise<void> {
    const { message, isWhole } = await this.get(conversationId, itemId);
    if (!isWhole)
      throw OpenAiErrors.itemNotAlone({
        detail: `The message ${message.id} was not written as items. Remove it as a whole.`,
        extra: { messageId: message.id },
      });
    await this.database.transaction(async () => {
      await this.erasure.remove(conversationId, message.id, { derived: 'keep', reason: null });
      await this.branches.leave(conversationId, message);
    });
  }

  private async read(conversationId: string, items: readonly unknown[]): Promise<AppendInput> {
    const input = readItems(items);
    const keys = keysOf(input);
    const used = keys.length === 0 ? null : await this.used(conversationId, keys);
    return used ? readItems(items, used) : input;
  }

  /** Returns which of the keys are in use; null when none is. */
  private async used(conversationId: string, keys: string[]): Promise<UsedIds | null> {
    const taken = await this.ids.taken(conversationId, keys);
    if (taken.length === 0) return null;
    const shown = await this.paths.find(conversationId);
    const isShown = ({ seq, isRemoved }: (typeof taken)[number]) =>
      !isRemoved && shown !== null && shown.path.placeOf(seq) !== null;
    return {
      taken: new Set(taken.map(({ key }) => key)),
      shown: new Set(taken.filter(isShown).map(({ key }) => key)),
    };
  }

  /**
   * Finds an item, also one that the conversation does not show any more.
   * @throws AppError 404 when there never was one
   */
  private async place(conversationId: string, itemId: string): Promise<Place> {
    const own = readItemId(itemId);
    const messageId = own ? own.messageId : await this.ids.findByKey(conversationId, itemId);
    const message = messageId === null ? null : await this.find(conversationId, messageId);
    if (message === null) throw OpenAiErrors.itemNotFound();
    const items = itemsOfMessage(message);
    const item = (own ? items[own.place - 1] : items.find(({ id }) => id === itemId)) ?? null;
    const shown = await this.paths.find(conversationId);
    const isOnPath = shown !== null && shown.path.placeOf(message.seq) !== null;
    if (item !== null && isOnPath) return { message, item, isOnPath };
    // The item that had this key was removed, or is of another branch, and was added again since.
    const again = own === null ? await this.scan(conversationId, itemId) : null;
    if (again) return { message: again.message, item: again, isOnPath: true };
    if (item === null && items.length > 0) throw OpenAiErrors.itemNotFound();
    return { message, item, isOnPath };
  }

  private async find(conversationId: string, messageId: string): Promise<MessageDto | null> {
    try {
      return await this.erasure.get(conversationId, messageId);
    } catch (error) {
      if (error instanceof AppError && error.code === MessageErrors.notFound.code) return null;
      throw error;
    }
  }

  /** Finds the newest item that is shown with this id, which the key of its message is not. */
  private async scan(conversationId: string, itemId: string): Promise<MessageItem | null> {
    let from: number | null = null;
    for (let read = 0; read < MAX_SCANNED; read += SCANNED_PAGE) {
      const page: Page<MessageDto> = await this.page(conversationId, from, SCANNED_PAGE, 'desc');
      const item = page.data.flatMap(itemsOfMessage).find(({ id }) => id === itemId);
      if (item !== undefined || page.nextCursor === null) return item ?? null;
      from = page.data.at(-1)!.seq;
    }
    return null;
  }

  /** @param from `seq` of the message behind which the page begins; null for the first page */
  private page(
    conversationId: string,
    from: number | null,
    limit: number,
    order: ItemOrder,
  ): Promise<Page<MessageDto>> {
    const isAscending = order === 'asc';
    const bound = { field: 'seq', operator: isAscending ? 'gt' : 'lt', value: from } as const;
    const query: ListQuery = {
      ...{ limit, cursor: undefined, offset: 0, q: undefined, count: false, fields: undefined },
      sort: [{ field: 'seq', descending: !isAscending }],
      filters: from === null ? [] : [bound],
    };
    return this.pages.list(conversationId, query, SHOWN);
  }
}

/** Where a page goes on. */
interface Place {
  message: MessageDto;
  /** Null when the message has no items, as one that was removed. */
  item: MessageItem | null;
  /** Whether the conversation shows the message, or its place when it was removed. */
  isOnPath: boolean;
}

/** The items before one are the same on each branch that has it, and those behind it are not. */
function refuseOtherBranch({ message, isOnPath }: Place, order: ItemOrder): void {
  if (order === 'desc' || isOnPath || message.erased?.how === 'removed') return;
  throw ConversationErrors.headMoved({
    detail: 'The page before is of another branch than the conversation shows now.',
  });
}

const inOrder = (message: MessageDto, order: ItemOrder): MessageItem[] => {
  const items = itemsOfMessage(message);
  return order === 'asc' ? items : items.reverse();
};

/** Leaves out the items up to this one, which the page before had. */
function dropTo(items: MessageItem[], ownId: string): void {
  items.splice(0, items.findIndex((one) => one.ownId === ownId) + 1);
}

export function listOf(items: MessageItem[], hasMore: boolean): ItemListDto {
  const [first, last] = [items[0], items.at(-1)];
  return {
    object: 'list',
    data: items.map(({ item }) => item),
    first_id: first ? cursorOf(first) : null,
    last_id: last ? cursorOf(last) : null,
    has_more: hasMore,
  };
}
