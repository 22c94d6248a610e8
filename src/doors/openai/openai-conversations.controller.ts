import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Query,
  UseInterceptors,
} from '@nestjs/common';
import { ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { FOR_OPENAI_CLIENTS } from '../../chat/index.js';
import {
  AppendedAnswer,
  ConversationErrors,
  ConversationsService,
  MessageErrors,
  toConversationDto,
} from '../../conversations/index.js';
import { AccessibleBy } from '../../platform/context/index.js';
import { BodyLimit, KeepsAsSent } from '../../platform/door/index.js';
import { AddsToProblems, RequestErrors } from '../../platform/errors/index.js';
import { Operation } from '../../platform/http/index.js';
import { AnsweredFrom, IdempotentPost } from '../../platform/idempotency/index.js';
import {
  BodyValidationPipe,
  integer,
  oneOf,
  text,
  type ValuesOf,
  withDescription,
} from '../../platform/input/index.js';
import { CreateItemsDto, ItemListDto } from './dto/item.dto.js';
import { ITEM } from './dto/item-schema.js';
import {
  CreateOpenAiConversationDto,
  DeletedOpenAiConversationDto,
  OpenAiConversationDto,
  toOpenAiConversation,
  UpdateOpenAiConversationDto,
} from './dto/openai-conversation.dto.js';
import { MetadataGuard } from './metadata-guard.js';
import { OpenAiConversationId } from './openai-conversation-id.js';
import { OpenAiConversations } from './openai-conversations.service.js';
import { AS_CONVERSATION, AS_ITEMS } from './openai-form.interceptor.js';
import { toConversationId } from './openai-ids.js';
import { OpenAiItems } from './openai-items.service.js';
import { OpenAiQuery } from './openai-query.js';
import { OpenAiErrors } from './openai.errors.js';

const includeQuery = new OpenAiQuery({});
const listQuery = new OpenAiQuery({
  after: withDescription(text(64, false), 'Id of the item behind which the page begins.'),
  limit: withDescription(integer(1, 100, 20), 'Items of the page, at most.'),
  order: withDescription(
    oneOf(['asc', 'desc'], 'desc'),
    '`desc` has the newest items first, `asc` the oldest.',
  ),
});

const ItemParameter = () =>
  ApiParam({
    name: 'itemId',
    type: String,
    description: 'The `id` of an item, or the UUID of a message that is one item.',
  });

/** The Conversations API of OpenAI. An item is a message here. */
@ApiTags('openai')
@AccessibleBy('user')
@AddsToProblems(FOR_OPENAI_CLIENTS)
@Controller('compat/openai/v1/conversations')
export class OpenAiConversationsController {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly door: OpenAiConversations,
    private readonly items: OpenAiItems,
  ) {}

  @Operation({
    summary: 'Create a conversation, for clients of OpenAI',
    description: 'All items are stored with the conversation, or nothing is.',
    errors: [RequestErrors.refused, MessageErrors.keyTaken],
  })
  @BodyLimit('large')
  @KeepsAsSent()
  @IdempotentPost()
  @UseInterceptors(AS_CONVERSATION)
  @HttpCode(200)
  @ApiOkResponse({ type: OpenAiConversationDto })
  async create(@Body(BodyValidationPipe, MetadataGuard) values: CreateOpenAiConversationDto) {
    return toConversationDto(await this.door.create(values));
  }

  @Operation({
    summary: 'Read a conversation, for clients of OpenAI',
    errors: [ConversationErrors.notFound],
  })
  @Get(':id')
  @ApiOkResponse({ type: OpenAiConversationDto })
  get(@Param('id', OpenAiConversationId) id: string): Promise<OpenAiConversationDto> {
    return this.read(id);
  }

  @Operation({
    summary: 'Edit a conversation, for clients of OpenAI',
    description: 'Replaces the metadata.',
    errors: [ConversationErrors.notFound, RequestErrors.refused],
  })
  @IdempotentPost(':id')
  @UseInterceptors(AS_CONVERSATION)
  @HttpCode(200)
  @ApiOkResponse({ type: OpenAiConversationDto })
  async update(
    @Param('id', OpenAiConversationId) id: string,
    @Body(BodyValidationPipe, MetadataGuard) values: UpdateOpenAiConversationDto,
  ) {
    return toConversationDto(await this.door.update(id, values));
  }

  @Operation({
    summary: 'Delete a conversation, for clients of OpenAI',
    description: 'It can be restored with `POST /v1/conversations/:id/restore` until it is purged.',
    errors: [ConversationErrors.notFound],
  })
  @Delete(':id')
  @ApiOkResponse({ type: DeletedOpenAiConversationDto })
  async remove(
    @Param('id', OpenAiConversationId) id: string,
  ): Promise<DeletedOpenAiConversationDto> {
    await this.conversations.remove(id);
    return { id: toConversationId(id), deleted: true, object: 'conversation.deleted' };
  }

  @Operation({
    summary: 'Add items to a conversation, for clients of OpenAI',
    description:
      'Takes up to 1,000 items, and stores each as a message. An item that was sent with an id keeps it, as its key, unless the conversation has it already.',
    errors: [ConversationErrors.notFound, MessageErrors.keyTaken, RequestErrors.refused],
  })
  @BodyLimit('large')
  @KeepsAsSent()
  @IdempotentPost(':id/items')
  @AnsweredFrom(AppendedAnswer)
  @UseInterceptors(AS_ITEMS)
  @HttpCode(200)
  @includeQuery.document()
  @ApiOkResponse({ type: ItemListDto })
  async append(
    @Query(includeQuery) _query: ValuesOf<typeof includeQuery>,
    @Param('id', OpenAiConversationId) id: string,
    @Body(BodyValidationPipe) { items }: CreateItemsDto,
  ) {
    return (await this.items.append(id, items)).answer;
  }

  @Operation({
    summary: 'List the items of a conversation, for clients of OpenAI',
    description:
      'What the conversation shows. A message that was written in another form becomes one or several items. A page may be shorter than `limit` although `has_more` is true.',
    errors: [ConversationErrors.notFound, OpenAiErrors.itemNotFound],
  })
  @Get(':id/items')
  @listQuery.document()
  @ApiOkResponse({ type: ItemListDto })
  list(
    @Param('id', OpenAiConversationId) id: string,
    @Query(listQuery) page: ValuesOf<typeof listQuery>,
  ): Promise<ItemListDto> {
    return this.items.list(id, page);
  }

  @Operation({
    summary: 'Read an item, for clients of OpenAI',
    errors: [ConversationErrors.notFound, OpenAiErrors.itemNotFound],
  })
  @Get(':id/items/:itemId')
  @ItemParameter()
  @includeQuery.document()
  @ApiOkResponse({ schema: ITEM })
  async getItem(
    @Query(includeQuery) _query: ValuesOf<typeof includeQuery>,
    @Param('id', OpenAiConversationId) id: string,
    @Param('itemId') itemId: string,
  ) {
    return (await this.items.get(id, itemId)).item;
  }

  @Operation({
    summary: 'Delete an item, for clients of OpenAI',
    description:
      'Erases the message for good. When the conversation ends with it, it ends with the message before from then on. An item that is one of several of a message is refused.',
    errors: [ConversationErrors.notFound, OpenAiErrors.itemNotFound, OpenAiErrors.itemNotAlone],
  })
  @Delete(':id/items/:itemId')
  @ItemParameter()
  @ApiOkResponse({ type: OpenAiConversationDto })
  async removeItem(
    @Param('id', OpenAiConversationId) id: string,
    @Param('itemId') itemId: string,
  ): Promise<OpenAiConversationDto> {
    await this.items.remove(id, itemId);
    return this.read(id);
  }

  private async read(id: string): Promise<OpenAiConversationDto> {
    return toOpenAiConversation(toConversationDto(await this.conversations.get(id)));
  }
}
