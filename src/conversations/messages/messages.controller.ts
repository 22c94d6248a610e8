import { Body, Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RequestErrors } from '../../platform/errors/index.js';
import { ConversationErrors } from '../conversations.errors.js';
import { AccessibleBy } from '../../platform/context/index.js';
import { BodyLimit } from '../../platform/door/index.js';
import { Operation, paged } from '../../platform/http/index.js';
import { type ListQuery, ListQueryPipe, PAGE_LIMIT } from '../../platform/list/index.js';
import { AnsweredFrom, IdempotentPost } from '../../platform/idempotency/index.js';
import {
  boolean,
  described,
  IdParameter,
  integer,
  QueryShape,
  text,
  type ValuesOf,
} from '../../platform/input/index.js';
import { MessageHitsDto, MessageListDto, MessagePageDto } from '../dto/message.dto.js';
import { appendBody } from '../dto/new-message.dto.js';
import { AppendedAnswer } from './appended-answer.js';
import { messageList } from './message.list.js';
import { parseAppend } from './message-input.js';
import { MessagesService } from './messages.service.js';

const limit = described(
  integer(PAGE_LIMIT.min, PAGE_LIMIT.max, PAGE_LIMIT.default),
  'Hits of the answer, at most.',
);
const appendQuery = new QueryShape({
  createIfMissing: described(
    boolean(),
    'Creates the conversation with this id if there is none.',
    true,
  ),
});
const listQuery = new ListQueryPipe(messageList);
const searchQuery = new QueryShape(
  {
    q: described(
      text(1_000, true),
      'Words, `"a phrase"`, `or` between alternatives, `-` before what must not occur.',
      'common',
    ),
    limit,
  },
  ['q'],
);

@ApiTags('messages')
@AccessibleBy('user')
@Controller('v1')
export class MessagesController {
  constructor(private readonly messages: MessagesService) {}

  @Operation({
    summary: 'Append messages to a conversation',
    description:
      'Takes one message, or up to 1,000 in order; all are stored, or none. Send an `Idempotency-Key`, so that a retry does not append twice.',
    errors: [
      ConversationErrors.notFound,
      ConversationErrors.exists,
      ConversationErrors.headMoved,
      RequestErrors.refused,
    ],
  })
  @BodyLimit('large')
  @IdempotentPost('conversations/:id/messages')
  @AnsweredFrom(AppendedAnswer)
  @appendQuery.document()
  @ApiBody(appendBody)
  @ApiCreatedResponse({ type: MessageListDto })
  append(
    @Param('id', IdParameter) id: string,
    @Body() body: unknown,
    @Query(appendQuery) { createIfMissing }: ValuesOf<typeof appendQuery>,
  ) {
    return this.messages.append(id, parseAppend(body), createIfMissing);
  }

  @Operation({
    summary: 'List the messages of a conversation',
    description: 'Newest first; with `order=asc` oldest first. The cursor keeps the order.',
    errors: [ConversationErrors.notFound],
  })
  @Get('conversations/:id/messages')
  @listQuery.document()
  @ApiOkResponse({ type: MessagePageDto })
  async list(@Param('id', IdParameter) id: string, @Query(listQuery) query: ListQuery) {
    return paged(await this.messages.list(id, query));
  }

  @Operation({
    summary: 'Search the messages of a conversation',
    description:
      'Full-text search: words, `"a phrase"`, `or`, and `-not`. Messages are found as soon as they are stored.',
    errors: [ConversationErrors.notFound, ConversationErrors.indexing],
  })
  @Get('conversations/:id/messages/search')
  @searchQuery.document()
  @ApiOkResponse({ type: MessageHitsDto })
  searchOne(
    @Param('id', IdParameter) id: string,
    @Query(searchQuery) { q, limit }: ValuesOf<typeof searchQuery>,
  ) {
    return this.messages.search(q, limit, id);
  }

  @Operation({
    summary: 'Search the messages of all conversations',
    description:
      'Full-text search: words, `"a phrase"`, `or`, and `-not`. Messages are found as soon as they are stored.',
    errors: [ConversationErrors.indexing],
  })
  @Get('messages/search')
  @searchQuery.document()
  @ApiOkResponse({ type: MessageHitsDto })
  searchAll(@Query(searchQuery) { q, limit }: ValuesOf<typeof searchQuery>) {
    return this.messages.search(q, limit, null);
  }
}
