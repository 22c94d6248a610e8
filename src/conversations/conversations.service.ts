import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { ScopedDatabase } from '../platform/database/index.js';
import { RequestErrors } from '../platform/errors/index.js';
import { decodeCursor, etagOf, isTimestamp, isUuid, type Page, pageOf } from '../platform/http/index.js';
import type { Conversation } from './conversation.entity.js';
import { ConversationErrors } from './conversations.errors.js';
import { type ConversationFilter, ConversationsRepository } from './conversations.repository.js';
import { type ConversationDto, type CreateConversationDto, type ForkConversationDto, toConversationDto, type UpdateConversationDto } from './dto/conversation.dto.js';
import { MessagesRepository } from './messages/messages.repository.js';

const isId = (value: unknown): value is string => typeof value === 'string' && isUuid(value);

/** Fields that were sent; null for a field that has no null means the same as leaving it out. */
function sent<T extends { title?: string | null }>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([key, value]) => value !== undefined && (value !== null || key === 'title'))) as Partial<T>;
}

@Injectable()
export class ConversationsService {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly messages: MessagesRepository,
    private readonly database: ScopedDatabase,
  ) {}

  create(values: CreateConversationDto): Promise<Conversation> {
    return this.insert({ id: uuidv7(), ...sent(values) });
  }

  async get(id: string): Promise<Conversation> {
    const conversation = await this.conversations.findLiving(id);
    if (!conversation) throw ConversationErrors.notFound();
    return conversation;
  }

  /** Newest activity first. */
  async list(filter: ConversationFilter, limit: number, cursor?: string): Promise<Page<ConversationDto>> {
    const position = cursor === undefined ? null : decodeCursor<[string, string]>(cursor, isTimestamp, isId);
    const rows = await this.conversations.list(filter, position && { updatedAt: position[0], id: position[1] }, limit);
    return pageOf(rows, limit, toConversationDto, (row) => [row.updatedAt, row.id]);
  }

  /** @throws AppError 412 with the current version when `version` is given and is not it. */
  update(id: string, changes: UpdateConversationDto, version?: number): Promise<Conversation> {
    return this.database.transaction(async () => {
      if (await this.conversations.updateLiving(id, sent(changes), version)) return this.get(id);
      throw this.changed(await this.get(id));
    });
  }

  /** Keeps the conversation until it is restored or purged; with `purge`, deletes it with its messages for good. */
  remove(id: string, purge: boolean, version?: number): Promise<void> {
    return this.database.transaction(async () => {
      const removed = purge ? await this.purge(id, version) : await this.conversations.softRemove(id, version);
      if (removed) return;
      // What is deleted already can still be purged, so it is looked at here too.
      const conversation = purge ? await this.conversations.find(id) : await this.get(id);
      throw conversation ? this.changed(conversation) : ConversationErrors.notFound();
    });
  }

  restore(id: string): Promise<Conversation> {
    return this.database.transaction(async () => {
      await this.conversations.restore(id);
      return this.get(id);
    });
  }

  /** A new conversation with the first messages of this one, under new ids and with the same numbers. */
  fork(id: string, { seq, ...values }: ForkConversationDto): Promise<Conversation> {
    return this.database.transaction(async () => {
      const original = await this.get(id);
      const upTo = seq ?? original.lastSeq;
      if (upTo > original.lastSeq) throw ConversationErrors.seqOutOfRange({ extra: { lastSeq: original.lastSeq } });
      const { title, tags, metadata } = original;
      const fork = { title, tags, metadata, ...sent(values), forkedFromId: id, forkedFromSeq: upTo };
      const created = await this.insert({ id: uuidv7(), ...fork, lastSeq: upTo });
      // Fewer messages than the head said: the original was purged in the meantime.
      if (upTo > 0 && (await this.messages.copy(id, created.id, upTo)) !== upTo) throw ConversationErrors.notFound();
      return created;
    });
  }

  private insert(values: Parameters<ConversationsRepository['create']>[0]): Promise<Conversation> {
    return this.database.transaction(async () => {
      await this.conversations.create(values);
      return this.get(values.id);
    });
  }

  private purge(id: string, version?: number): Promise<boolean> {
    return this.conversations.remove(id, version === undefined ? {} : { version });
  }

  private changed({ version, lastSeq }: Conversation) {
    return RequestErrors.preconditionFailed({ extra: { version, etag: etagOf(version, lastSeq) } });
  }
}
