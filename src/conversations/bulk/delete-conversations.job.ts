// Deletes the conversations that a filter keeps.
import { Injectable } from '@nestjs/common';
import { BulkDeletion, BulkDeletionTools } from '../../platform/bulk-deletion/index.js';
import { ScopedCache } from '../../platform/cache/index.js';
import type { Condition, FilterTree } from '../../platform/list/index.js';
import { conversationList } from '../conversation.list.js';
import { ConversationsRepository } from '../conversations.repository.js';
import { SealedTitles } from '../sealing/sealed-titles.js';
import { DerivedService } from '../derived/derived.service.js';

export interface DeleteConversationsOptions {
  /** Deletes them for good, also those that are in the trash. */
  purge: boolean;
  /** Only with `purge`: what becomes of what was made from them. */
  derived: 'keep' | 'forget';
}

const NOT_DELETED: Condition = { name: 'not deleted', text: () => 'deleted_at is null' };

@Injectable()
export class DeleteConversations extends BulkDeletion<DeleteConversationsOptions> {
  override readonly name = 'conversation.bulk_delete';
  protected override readonly list = conversationList;
  protected override readonly batch = 50;

  constructor(
    tools: BulkDeletionTools,
    private readonly conversations: ConversationsRepository,
    private readonly derived: DerivedService,
    private readonly cache: ScopedCache,
    private readonly titles: SealedTitles,
  ) {
    super(tools);
  }

  /** @throws AppError `message.sealed` */
  protected override requireFilters(filters: FilterTree[]): Promise<void> {
    return this.titles.requirePlain({ filters });
  }

  protected override within(
    { purge }: DeleteConversationsOptions,
    filters: FilterTree[],
  ): Condition[] {
    return [...(purge ? [] : [NOT_DELETED]), ...this.titles.only(filters)];
  }

  protected override async deleteThese(
    ids: string[],
    { purge, derived }: DeleteConversationsOptions,
  ): Promise<void> {
    await this.conversations.removeMany(ids, { purge });
    if (purge && derived === 'forget') for (const id of ids) await this.derived.forget(id);
  }

  protected override dropCached(): Promise<void> {
    return this.cache.forgetOwner();
  }
}
