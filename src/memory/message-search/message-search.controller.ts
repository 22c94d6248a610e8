import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ConversationErrors, ConversationId } from '../../conversations/index.js';
import { AccessibleBy } from '../../platform/context/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import { type Answer, jsonText, Operation } from '../../platform/http/index.js';
import {
  boolean,
  integer,
  QueryShape,
  text,
  type ValuesOf,
  withDescription,
} from '../../platform/input/index.js';
import { PAGE_LIMIT } from '../../platform/list/index.js';
import { MessageHitsDto, messageHitsJson } from '../dto/message-hits.dto.js';
import { MemoryErrors } from '../memories.errors.js';
import { MessageSearchService } from './message-search.service.js';

const searchQuery = new QueryShape(
  {
    q: withDescription(
      text(1_000, true),
      'Words, `"a phrase"`, `or` between alternatives, `-` before what must not occur.',
      'common',
    ),
    prefix: withDescription(
      boolean(),
      'Takes the last word as the beginning of a word, to search while somebody types. PostgreSQL scans for it.',
      true,
    ),
    explain: withDescription(boolean(), 'Adds `parts` to each hit: how its score is made up.'),
    limit: withDescription(
      integer(PAGE_LIMIT.min, PAGE_LIMIT.max, PAGE_LIMIT.default),
      'Hits of the answer, at most.',
    ),
  },
  ['q'],
);

const SEARCH_DESCRIPTION =
  'Full-text search in any language: words in any of their forms, `"a phrase"`, `or`, and `-not`. Messages are found as soon as they are stored. It is the search by `POST /v1/memories/search` with `"in": "messages"` and `"match": "all"`.';

@ApiTags('messages')
@AccessibleBy('user')
@Controller('v1')
export class MessageSearchController {
  constructor(private readonly searches: MessageSearchService) {}

  @Operation({
    summary: 'Search the messages of a conversation',
    description: SEARCH_DESCRIPTION,
    errors: [ConversationErrors.notFound, MemoryErrors.indexing, RequestErrors.tooMuchAtOnce],
  })
  @Get('conversations/:id/messages/search')
  @searchQuery.document()
  @ApiOkResponse({ type: MessageHitsDto })
  async searchOne(
    @Param('id', ConversationId) id: string,
    @Query(searchQuery) query: ValuesOf<typeof searchQuery>,
  ): Promise<Answer<string>> {
    return jsonText(messageHitsJson(await this.searches.search(query, id)));
  }

  @Operation({
    summary: 'Search the messages of all conversations',
    description: SEARCH_DESCRIPTION,
    errors: [MemoryErrors.indexing, RequestErrors.tooMuchAtOnce],
  })
  @Get('messages/search')
  @searchQuery.document()
  @ApiOkResponse({ type: MessageHitsDto })
  async searchAll(
    @Query(searchQuery) query: ValuesOf<typeof searchQuery>,
  ): Promise<Answer<string>> {
    return jsonText(messageHitsJson(await this.searches.search(query, null)));
  }
}
