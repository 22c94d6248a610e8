import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Put, Query } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { AgentConfigErrors } from '../agent-config/index.js';
import { AccessibleBy, SlowRoute } from '../platform/context/index.js';
import { Answer, created, IfMatch, Operation, paged, withEtag } from '../platform/http/index.js';
import { IdempotentPost } from '../platform/idempotency/index.js';
import {
  BodyValidationPipe,
  boolean,
  withDescription,
  oneOf,
  QueryShape,
  someOf,
  type ValuesOf,
} from '../platform/input/index.js';
import { RequestErrors } from '../platform/errors/index.js';
import { ListQueryPipe } from '../platform/list/index.js';
import { BodyGuard } from '../platform/secrets-guard/index.js';
import { ConversationId } from './keys/conversation-id.js';
import {
  type ConversationReference,
  ConversationReferenceParameter,
} from './keys/conversation-reference.js';
import { ConversationErrors, MessageErrors } from './conversations.errors.js';
import type { Conversation } from './conversation.entity.js';
import { conversationList } from './conversation.list.js';
import { ConversationsService } from './conversations.service.js';
import { ReadingService } from './reading/reading.service.js';
import { DERIVED_CHOICES, ForgettingDto, PurgedDto } from './dto/derived.dto.js';
import {
  ConversationDto,
  CreateConversationDto,
  MakeConversationDto,
  ForkConversationDto,
  toConversationDto,
  UpdateConversationDto,
} from './dto/conversation.dto.js';
import { INCLUDES, ListedConversationPageDto } from './dto/reading.dto.js';

const listQuery = new ListQueryPipe(conversationList, {
  include: withDescription(
    someOf(INCLUDES),
    'Adds to each conversation the beginning of the message that it ends with (`lastMessage`), or how much of it the user has not read (`unread`).',
  ),
});
const removeQuery = new QueryShape({
  purge: withDescription(boolean(), 'Deletes it for good, with its messages.', true),
  derived: withDescription(
    oneOf(DERIVED_CHOICES, undefined),
    'Only with `purge`: what becomes of what was made from the conversation. `list` (default) keeps it and lists it in the answer, `keep` keeps it and answers 204, `forget` deletes it, too.',
  ),
});

@ApiTags('conversations')
@AccessibleBy('user')
@Controller('v1/conversations')
export class ConversationsController {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly reading: ReadingService,
  ) {}

  @Operation({
    summary: 'Create a conversation',
    description: 'Every field is optional. The answer has the id for messages and contexts.',
    errors: [
      RequestErrors.refused,
      ConversationErrors.keyExists,
      ConversationErrors.agentConfigNotFound,
      ConversationErrors.agentConfigIdRequired,
      AgentConfigErrors.ambiguous,
    ],
    headers: ['ETag', 'Location'],
  })
  @IdempotentPost()
  @ApiCreatedResponse({ type: ConversationDto })
  async create(@Body(BodyValidationPipe, BodyGuard) values: CreateConversationDto) {
    return this.created(await this.conversations.create(values));
  }

  @Operation({
    summary: 'List conversations',
    description:
      'Those with the latest activity first. Deleted conversations are only listed with `status=deleted`.',
    errors: [MessageErrors.sealed],
  })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: ListedConversationPageDto })
  async list(@Query(listQuery) { include, ...query }: ValuesOf<typeof listQuery>) {
    return paged(await this.reading.list(query, include ?? []));
  }

  @Operation({
    summary: 'Read a conversation',
    errors: [ConversationErrors.notFound],
    headers: ['ETag'],
  })
  @Get(':id')
  @ApiOkResponse({ type: ConversationDto })
  async get(@Param('id', ConversationId) id: string) {
    return this.tagged(await this.conversations.get(id));
  }

  @Operation({
    summary: 'Get or make a conversation',
    description:
      'Gives the conversation that has this id or key (`key:` and the key, percent-encoded) as it is, or makes it with these fields. Of racing calls one makes it.',
    errors: [
      ConversationErrors.exists,
      ConversationErrors.keyExists,
      RequestErrors.refused,
      ConversationErrors.agentConfigNotFound,
      ConversationErrors.agentConfigIdRequired,
      AgentConfigErrors.ambiguous,
    ],
    headers: ['ETag', 'Location'],
  })
  @Put(':id')
  @ApiParam({ name: 'id', type: String })
  @ApiOkResponse({ type: ConversationDto, description: 'Already there, and unchanged.' })
  @ApiCreatedResponse({ type: ConversationDto, description: 'Made.' })
  async put(
    @Param('id', ConversationReferenceParameter) reference: ConversationReference,
    @Body(BodyValidationPipe, BodyGuard) values: MakeConversationDto,
  ): Promise<Answer<ConversationDto>> {
    const { conversation, made } = await this.conversations.getOrMake(reference, values);
    const { body, headers } = this.created(conversation);
    return new Answer(body, { status: made ? 201 : 200, headers });
  }

  @Operation({
    summary: 'Edit a conversation',
    description:
      'Fields that are left out stay as they are. `{"status": "archived"}` archives the conversation. With `If-Match`, the edit only succeeds while nobody else has edited it.',
    errors: [
      ConversationErrors.notFound,
      RequestErrors.refused,
      ConversationErrors.agentConfigNotFound,
      ConversationErrors.agentConfigIdRequired,
      AgentConfigErrors.ambiguous,
    ],
    headers: ['ETag'],
  })
  @Patch(':id')
  @ApiOkResponse({ type: ConversationDto })
  async update(
    @Param('id', ConversationId) id: string,
    @Body(BodyValidationPipe, BodyGuard) changes: UpdateConversationDto,
    @IfMatch() expected: number | undefined,
  ) {
    return this.tagged(await this.conversations.update(id, changes, expected));
  }

  @Operation({
    summary: 'Delete a conversation',
    description:
      'A deleted conversation can be restored. With `purge=true` it is gone for good with its messages; the answer then lists what was made from it (forks, memories, tasks, events), or deletes that, too, as `derived` says.',
    errors: [ConversationErrors.notFound],
  })
  @Delete(':id')
  @HttpCode(204)
  @removeQuery.document()
  @ApiNoContentResponse()
  @ApiOkResponse({ type: PurgedDto, description: 'Purged; what derives from it is left.' })
  @ApiAcceptedResponse({
    type: ForgettingDto,
    description: 'Purged; so much derives from it that a job forgets the rest.',
  })
  async remove(
    @Param('id', ConversationId) id: string,
    @Query(removeQuery) { purge, derived }: ReturnType<typeof removeQuery.transform>,
    @IfMatch() expected: number | undefined,
  ): Promise<Answer<PurgedDto | ForgettingDto> | undefined> {
    if (!purge && derived)
      throw RequestErrors.invalidQuery({
        errors: [{ pointer: '?derived', message: 'is allowed only with purge=true' }],
      });
    if (!purge) return this.conversations.remove(id, expected);
    const left = await this.conversations.purge(id, derived ?? 'list', expected);
    return left && new Answer(left, { status: 'jobId' in left ? 202 : 200 });
  }

  @Operation({
    summary: 'Restore a deleted conversation',
    errors: [ConversationErrors.notFound],
    headers: ['ETag'],
  })
  @IdempotentPost(':id/restore')
  @HttpCode(200)
  @ApiOkResponse({ type: ConversationDto })
  async restore(@Param('id', ConversationId) id: string) {
    return this.tagged(await this.conversations.restore(id));
  }

  @Operation({
    summary: 'Fork a conversation',
    description:
      'Creates a conversation with copies of the messages up to `seq`, and with the same tags and agent configuration. The original stays as it is.',
    errors: [ConversationErrors.notFound, ConversationErrors.seqOutOfRange, RequestErrors.refused],
    headers: ['ETag', 'Location'],
  })
  @IdempotentPost(':id/fork')
  @SlowRoute()
  @ApiCreatedResponse({ type: ConversationDto })
  async fork(
    @Param('id', ConversationId) id: string,
    @Body(BodyValidationPipe, BodyGuard) values: ForkConversationDto,
  ) {
    return this.created(await this.conversations.fork(id, values));
  }

  private tagged(conversation: Conversation) {
    return withEtag(toConversationDto(conversation), this.conversations.etag(conversation));
  }

  private created(conversation: Conversation) {
    return created(
      toConversationDto(conversation),
      this.conversations.etag(conversation),
      `/v1/conversations/${conversation.id}`,
    );
  }
}
