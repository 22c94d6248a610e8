import { Body, Controller, Get, Param, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import { AccessibleBy } from '../../platform/context/index.js';
import { BodyLimit } from '../../platform/door/index.js';
import {
  AnsweredFrom,
  ApiProblems,
  boolean,
  IdempotentPost,
  IdParameter,
  integer,
  paged,
  PAGE_LIMIT,
  QueryShape,
  text,
} from '../../platform/http/index.js';
import { type ListQuery, ListQueryPipe } from '../../platform/list/index.js';
import { appendBody, MessageHitsDto, MessageListDto, MessagePageDto } from '../dto/message.dto.js';
import { AppendedAnswer } from './appended-answer.js';
import { messageList } from './message.list.js';
import { parseAppend } from './message-input.js';
import { MessagesService } from './messages.service.js';

const limit = integer(PAGE_LIMIT.min, PAGE_LIMIT.max, PAGE_LIMIT.default);
const appendQuery = new QueryShape({ createIfMissing: boolean() });
const listQuery = new ListQueryPipe(messageList);
const searchQuery = new QueryShape({ q: text(1_000, true), limit }, ['q']);

type Parsed<Q extends { transform: (query: unknown) => unknown }> = ReturnType<Q['transform']>;

@ApiTags('messages')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('user')
@Controller('v1')
export class MessagesController {
  constructor(private readonly messages: MessagesService) {}

  /** One message or up to 1,000, in order, all or nothing. */
  @BodyLimit('large')
  @IdempotentPost('conversations/:id/messages')
  @AnsweredFrom(AppendedAnswer)
  @appendQuery.document()
  @ApiBody(appendBody)
  @ApiCreatedResponse({ type: MessageListDto })
  append(
    @Param('id', IdParameter) id: string,
    @Body() body: unknown,
    @Query(appendQuery) { createIfMissing }: Parsed<typeof appendQuery>,
  ) {
    return this.messages.append(id, parseAppend(body), createIfMissing);
  }

  /** Newest first, or with `order=asc` oldest first; the cursor goes on in the same order. */
  @Get('conversations/:id/messages')
  @listQuery.document()
  @ApiOkResponse({ type: MessagePageDto })
  async list(@Param('id', IdParameter) id: string, @Query(listQuery) query: ListQuery) {
    return paged(await this.messages.list(id, query));
  }

  /** Full-text search in one conversation: words, "a phrase", or, -not. */
  @Get('conversations/:id/messages/search')
  @searchQuery.document()
  @ApiOkResponse({ type: MessageHitsDto })
  searchOne(
    @Param('id', IdParameter) id: string,
    @Query(searchQuery) { q, limit }: Parsed<typeof searchQuery>,
  ) {
    return this.messages.search(q, limit, id);
  }

  /** Full-text search in all conversations of the user. */
  @Get('messages/search')
  @searchQuery.document()
  @ApiOkResponse({ type: MessageHitsDto })
  searchAll(@Query(searchQuery) { q, limit }: Parsed<typeof searchQuery>) {
    return this.messages.search(q, limit, null);
  }
}
