import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { ScopedCache } from '../platform/cache/index.js';
import { ScopedDatabase } from '../platform/database/index.js';
import { sent } from '../platform/input/index.js';
import { Quotas } from '../platform/quotas/index.js';
import type { Conversation } from './conversation.entity.js';
import { ConversationAgents } from './conversation-agents.js';
import { ConversationErrors } from './conversations.errors.js';
import { ConversationsRepository } from './conversations.repository.js';
import type { ConversationReference } from './keys/conversation-reference.js';
import { toAppError } from '../platform/errors/index.js';
import { DerivedService } from './derived/derived.service.js';
import type { DerivedChoice, ForgettingDto, PurgedDto } from './dto/derived.dto.js';
import type {
  CreateConversationDto,
  ForkConversationDto,
  MakeConversationDto,
  UpdateConversationDto,
} from './dto/conversation.dto.js';
import { MessagesRepository } from './messages/messages.repository.js';
import { UnfinishedMessages } from './messages/unfinished/unfinished-messages.service.js';
import type { MessagePath } from './messages/tree/message-path.js';
import { MessageTrees } from './messages/tree/message-trees.js';

const NULLABLE = ['title'] as const;

const named = (key: string) => ({ key, namedByApplication: true });

/** A purge may free the name again, so an error of another cause is not hidden by this. */
const isNameTaken = (error: unknown): boolean => {
  const { code } = toAppError(error);
  return code === 'conversation.key_exists' || code === 'conversation.exists';
};

function usable(conversation: Conversation): Conversation {
  if (conversation.deletedAt === null) return conversation;
  const detail = 'It is deleted. Restore it, or purge it.';
  throw conversation.key === null
    ? ConversationErrors.exists({ detail })
    : ConversationErrors.keyExists({ detail });
}

@Injectable()
export class ConversationsService {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly messages: MessagesRepository,
    private readonly trees: MessageTrees,
    private readonly agents: ConversationAgents,
    private readonly derived: DerivedService,
    private readonly cache: ScopedCache,
    private readonly database: ScopedDatabase,
    private readonly quotas: Quotas,
    private readonly unfinished: UnfinishedMessages,
  ) {}

  async create(values: CreateConversationDto): Promise<Conversation> {
    const { key, ...fields } = values;
    return this.conversations.create({
      id: uuidv7(),
      ...(await this.resolveColumns(fields)),
      ...(key ? named(key) : {}),
    });
  }

  /**
   * Returns the conversation with this id or key, or makes it. Of racing calls one makes it.
   * @throws AppError 409 when it is deleted, which its name then belongs to
   */
  async getOrMake(
    reference: ConversationReference,
    values: MakeConversationDto,
  ): Promise<{ conversation: Conversation; made: boolean }> {
    const known = await this.conversations.findNamed(reference);
    if (known) return { conversation: usable(known), made: false };
    const columns = await this.resolveColumns(values);
    const name = typeof reference === 'string' ? { id: reference } : named(reference.key);
    try {
      const made = await this.conversations.create({ id: uuidv7(), ...columns, ...name });
      return { conversation: made, made: true };
    } catch (error) {
      const raced = isNameTaken(error) && (await this.conversations.findNamed(reference));
      if (!raced) throw error;
      return { conversation: usable(raced), made: false };
    }
  }

  get(id: string): Promise<Conversation> {
    return this.conversations.get(id);
  }

  /**
   * Changes the fields that were sent.
   * @throws AppError 412 with the current version when `version` is given and is not the current
   *   one
   */
  async update(
    id: string,
    changes: UpdateConversationDto,
    version?: number,
  ): Promise<Conversation> {
    return this.conversations.update(id, await this.resolveColumns(changes), version);
  }

  /** Soft-deletes the conversation: it can be restored until it is purged. */
  async remove(id: string, version?: number): Promise<undefined> {
    await this.conversations.remove(id, { version });
  }

  /**
   * Deletes the conversation and its messages permanently.
   * @param derived what to do with memories, forks, tasks and events that came from it
   * @returns what came from it (`list`), the job that still deletes it (`forget`), or nothing
   */
  async purge(
    id: string,
    derived: DerivedChoice,
    version?: number,
  ): Promise<PurgedDto | ForgettingDto | undefined> {
    const left = await this.database.transaction(async () => {
      await this.conversations.remove(id, { purge: true, version });
      if (derived === 'list') return { conversationId: id, derived: await this.derived.list(id) };
      const jobId = derived === 'forget' ? await this.derived.forget(id) : null;
      return jobId === null ? undefined : { jobId };
    });
    await this.cache.forgetOwner();
    return left;
  }

  restore(id: string): Promise<Conversation> {
    return this.conversations.restore(id);
  }

  etag(conversation: Conversation): string {
    return this.conversations.etag(conversation);
  }

  /**
   * Creates a conversation with copies of what the original shows, or of a message and those that
   * it follows, under new ids and numbered from 1.
   */
  async fork(id: string, { seq, ...values }: ForkConversationDto): Promise<Conversation> {
    const original = await this.get(id);
    const upTo = seq ?? original.headSeq ?? original.lastSeq;
    if (upTo > original.lastSeq)
      throw ConversationErrors.seqOutOfRange({ extra: { lastSeq: original.lastSeq } });
    const path = await this.trees.pathTo(id, upTo);
    const messageBytes = await this.messages.bytes(id, path);
    const draftBytes = await this.unfinished.bytes(id, path);
    const {
      title,
      titleSource,
      tags,
      metadata,
      agentConfigId,
      sharedAgentConfigId,
      agentConfigVersion,
      agentConfigAlias,
    } = original;
    const pin = { agentConfigId, sharedAgentConfigId, agentConfigVersion, agentConfigAlias };
    const fork = {
      ...titleOn(path, { title, titleSource }),
      ...(values.title === undefined ? {} : { titleSource: null }),
      tags,
      metadata,
      ...pin,
      ...sent(values, NULLABLE),
      forkedFromId: id,
      forkedFromSeq: upTo,
      readUpTo: path.between(0, (original.readUpTo ?? 0) + 1).length || null,
      messageBytes,
    };
    const lastSeq = path.length;
    const adding = {
      ...{ conversations: 1, messages: lastSeq },
      messageBytes: messageBytes + draftBytes,
    };
    const copy = () =>
      this.database.transaction(async () => {
        const created = await this.conversations.create({ id: uuidv7(), ...fork, lastSeq });
        // Fewer messages than the path has: the original was purged in the meantime.
        if ((await this.messages.copy(id, created.id, path)) !== lastSeq)
          throw ConversationErrors.notFound();
        await this.unfinished.settleCopies(id, created.id, path);
        return created;
      });
    return this.quotas.within(adding, copy);
  }

  /** Maps the fields of a request to columns; fields that were not sent are absent. */
  private async resolveColumns({
    agentConfigId,
    agentConfigVersion,
    agentConfigAlias,
    ...values
  }: UpdateConversationDto) {
    return {
      ...sent(values, NULLABLE),
      ...(values.title === undefined ? {} : { titleSource: null }),
      ...(await this.agents.resolvePin({ agentConfigId, agentConfigVersion, agentConfigAlias })),
    };
  }
}

/**
 * A title that a model made of more than the path has does not come along: its messages could be erased
 * without it.
 */
function titleOn(
  path: MessagePath,
  { title, titleSource }: Pick<Conversation, 'title' | 'titleSource'>,
) {
  if (titleSource === null) return { title, titleSource };
  const toSeq = path.placeOf(titleSource.toSeq);
  return toSeq === null
    ? { title: null, titleSource: null }
    : { title, titleSource: { ...titleSource, toSeq } };
}
