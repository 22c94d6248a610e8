// Finds the conversations that requests name, and makes those that do not exist.
import { Injectable } from '@nestjs/common';
import { ScopedDatabase } from '../../platform/database/index.js';
import type { AppError } from '../../platform/errors/index.js';
import { Quotas } from '../../platform/quotas/index.js';
import { ConversationsRepository, type NamedConversations } from '../conversations.repository.js';
import { type ConversationReference, readReference } from './conversation-reference.js';

/** What becomes of conversations that do not exist. */
export interface WhenMissing {
  /** Makes them in the transaction of the write. */
  createIfMissing: boolean;
  /** The error for a key without a conversation. @param place of the first such name */
  notFound: (place: number) => AppError;
}

/** The fields of a request with a reference to a conversation that is valid, or none. */
interface NamesConversation {
  conversationId?: string | null;
}

type Reference = ConversationReference | null | undefined;

const isKey = (reference: Reference): reference is Exclude<ConversationReference, string> =>
  typeof reference === 'object' && reference !== null;

@Injectable()
export class ConversationNames {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly database: ScopedDatabase,
    private readonly quotas: Quotas,
  ) {}

  /**
   * Gives the id of a conversation, which may be deleted; null for a key without one. An id costs
   * nothing, and may be that of no conversation.
   */
  async find(reference: ConversationReference): Promise<string | null> {
    return isKey(reference) ? this.conversations.findIdByKey(reference.key) : reference;
  }

  /** Creates the conversation if it is missing. Call it in the transaction of the write. */
  async create(reference: ConversationReference): Promise<string> {
    if (isKey(reference)) {
      const { key } = reference;
      return (await this.conversations.createMissing({ ids: [], keys: [key] })).get(key)!;
    }
    await this.conversations.createMissing({ ids: [reference], keys: [] });
    return reference;
  }

  /**
   * Runs a write with the id of the conversation that a path names.
   * @throws AppError `notFound`; `quota.reached` when one is to be made
   */
  withId<T>(
    reference: ConversationReference,
    missing: WhenMissing,
    write: (id: string) => Promise<T>,
  ): Promise<T> {
    return this.withIds([reference], missing, ([id]) => write(id!));
  }

  /** Runs a write with an id in place of the reference in `conversationId`. @throws as `withId` */
  inBody<B extends NamesConversation, T>(
    body: B,
    missing: WhenMissing,
    write: (body: B) => Promise<T>,
  ): Promise<T> {
    return this.inBodies([body], missing, ([one]) => write(one!));
  }

  /** As `inBody`, for a write of several. */
  inBodies<B extends NamesConversation, T>(
    bodies: readonly B[],
    missing: WhenMissing,
    write: (bodies: readonly B[]) => Promise<T>,
  ): Promise<T> {
    const named = bodies.map(({ conversationId: text }) => (text ? readReference(text) : text));
    return this.withIds(named, missing, (ids) =>
      write(
        bodies.map((body, i) => (isKey(named[i]) ? { ...body, conversationId: ids[i]! } : body)),
      ),
    );
  }

  /**
   * A write that is refused makes no conversation. Of racing writes one makes it. A deleted
   * conversation exists, and stays deleted.
   */
  private async withIds<T>(
    named: readonly Reference[],
    { createIfMissing, notFound }: WhenMissing,
    write: (ids: (string | null | undefined)[]) => Promise<T>,
  ): Promise<T> {
    const asked: NamedConversations = {
      ids: createIfMissing ? unique(named.filter((one) => typeof one === 'string')) : [],
      keys: unique(named.filter(isKey).map(({ key }) => key)),
    };
    const writeWith = (idByKey: ReadonlyMap<string, string>) =>
      write(named.map((one) => (isKey(one) ? idByKey.get(one.key)! : one)));
    if (asked.ids.length + asked.keys.length === 0) return writeWith(new Map());
    const { ids, idByKey } = await this.conversations.findExisting(asked);
    const missing: NamedConversations = {
      ids: asked.ids.filter((id) => !ids.has(id)),
      keys: asked.keys.filter((key) => !idByKey.has(key)),
    };
    const count = missing.ids.length + missing.keys.length;
    if (count === 0) return writeWith(idByKey);
    if (!createIfMissing)
      throw notFound(named.findIndex((one) => isKey(one) && !idByKey.has(one.key)));
    return this.quotas.within({ conversations: count }, () =>
      this.database.transaction(async () => {
        const made = await this.conversations.createMissing(missing);
        return writeWith(new Map([...idByKey, ...made]));
      }),
    );
  }
}

const unique = (values: string[]): string[] => [...new Set(values)];
