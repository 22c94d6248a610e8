import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Query } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import { AccessibleBy, SlowRoute } from '../platform/context/index.js';
import {
  Answer,
  ApiNotModified,
  ApiProblems,
  BodyValidationPipe,
  boolean,
  created,
  IdempotentPost,
  IdParameter,
  IfMatch,
  oneOf,
  paged,
  QueryShape,
  withEtag,
} from '../platform/http/index.js';
import { RequestErrors } from '../platform/errors/index.js';
import { type ListQuery, ListQueryPipe } from '../platform/list/index.js';
import { BodyGuard } from '../platform/secrets-guard/index.js';
import type { Conversation } from './conversation.entity.js';
import { conversationList } from './conversation.list.js';
import { ConversationsService } from './conversations.service.js';
import { DERIVED_CHOICES, ForgettingDto, PurgedDto } from './dto/derived.dto.js';
import {
  ConversationDto,
  ConversationPageDto,
  CreateConversationDto,
  ForkConversationDto,
  toConversationDto,
  UpdateConversationDto,
} from './dto/conversation.dto.js';

const listQuery = new ListQueryPipe(conversationList);
const removeQuery = new QueryShape({
  purge: boolean(),
  derived: oneOf(DERIVED_CHOICES, undefined),
});

@ApiTags('conversations')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('user')
@Controller('v1/conversations')
export class ConversationsController {
  constructor(private readonly conversations: ConversationsService) {}

  @IdempotentPost()
  @ApiCreatedResponse({ type: ConversationDto })
  async create(@Body(BodyValidationPipe, BodyGuard) values: CreateConversationDto) {
    return this.created(await this.conversations.create(values));
  }

  /** Newest activity first. Deleted ones are listed by `status=deleted` only. */
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: ConversationPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.conversations.list(query));
  }

  @Get(':id')
  @ApiOkResponse({ type: ConversationDto })
  @ApiNotModified()
  async get(@Param('id', IdParameter) id: string) {
    return this.tagged(await this.conversations.get(id));
  }

  /** With `If-Match`, only when nobody else has edited it since. Archive with `{"status": "archived"}`. */
  @Patch(':id')
  @ApiOkResponse({ type: ConversationDto })
  async update(
    @Param('id', IdParameter) id: string,
    @Body(BodyValidationPipe, BodyGuard) changes: UpdateConversationDto,
    @IfMatch() expected: number | undefined,
  ) {
    return this.tagged(await this.conversations.update(id, changes, expected));
  }

  /**
   * Can be restored; with `purge=true`, not. What derives from it, such as forks and memories, is left and listed; with `derived=keep` left
   * unsaid, and with `derived=forget` forgotten, too.
   */
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
    @Param('id', IdParameter) id: string,
    @Query(removeQuery) { purge, derived }: ReturnType<typeof removeQuery.transform>,
    @IfMatch() expected: number | undefined,
  ): Promise<Answer<PurgedDto | ForgettingDto> | undefined> {
    if (!purge && derived)
      throw RequestErrors.invalidQuery({
        errors: [{ pointer: '?derived', message: 'goes with purge=true only' }],
      });
    if (!purge) return this.conversations.remove(id, expected);
    const left = await this.conversations.purge(id, derived ?? 'list', expected);
    return left && new Answer(left, { status: 'jobId' in left ? 202 : 200 });
  }

  @IdempotentPost(':id/restore')
  @HttpCode(200)
  @ApiOkResponse({ type: ConversationDto })
  async restore(@Param('id', IdParameter) id: string) {
    return this.tagged(await this.conversations.restore(id));
  }

  /** A new conversation with the messages up to `seq`. */
  @IdempotentPost(':id/fork')
  @SlowRoute()
  @ApiCreatedResponse({ type: ConversationDto })
  async fork(
    @Param('id', IdParameter) id: string,
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
