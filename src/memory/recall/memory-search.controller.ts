import { Body, Controller, Get, HttpCode, Query } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RequestErrors } from '../../platform/errors/index.js';
import { MemoryErrors } from '../memories.errors.js';
import { MessageDto, MessageErrors } from '../../conversations/index.js';
import { AccessibleBy } from '../../platform/context/index.js';
import { type Answer, jsonText, Operation } from '../../platform/http/index.js';
import { PAGE_LIMIT } from '../../platform/list/index.js';
import { IdempotentPost } from '../../platform/idempotency/index.js';
import {
  BodyValidationPipe,
  withDescription,
  integer,
  QueryShape,
  text,
} from '../../platform/input/index.js';
import { MemoryStatsDto } from '../dto/memory.dto.js';
import { hitsJson, MemoryHitsDto } from '../dto/search.dto.js';
import { MemoryFilterDto, SEARCH_LIMITS, SearchMemoriesDto } from '../dto/search-body.dto.js';
import { EmbeddingRepository } from '../embedding/embedding.repository.js';
import { Embedder } from '../embedding/embedder.js';
import { asOfField } from '../as-of.js';
import { MemorySearchService } from './memory-search.service.js';
import { toSearchRequest } from './search-input.js';

const searchQuery = new QueryShape(
  {
    q: withDescription(
      text(SEARCH_LIMITS.queryLength, true),
      'What to look for, in plain words.',
      'What does the user drink?',
    ),
    limit: withDescription(
      integer(PAGE_LIMIT.min, PAGE_LIMIT.max, 10),
      'Hits of the answer, at most.',
    ),
    asOf: asOfField(),
  },
  ['q'],
);

@ApiTags('memories')
@AccessibleBy('user')
@ApiExtraModels(MemoryFilterDto, MessageDto)
@Controller('v1/memories')
export class MemorySearchController {
  constructor(
    private readonly memories: MemorySearchService,
    private readonly embeddings: EmbeddingRepository,
    private readonly embedder: Embedder,
  ) {}

  @Operation({
    summary: 'Search memories and messages',
    description:
      'Finds what bears on a question, by words and, where the service has an embedding model, by meaning. Best first. What is stored before the call is found.',
    errors: [
      MemoryErrors.indexing,
      MemoryErrors.sealed,
      MessageErrors.sealed,
      RequestErrors.tooCostly,
    ],
  })
  @IdempotentPost('search')
  @HttpCode(200)
  @ApiOkResponse({ type: MemoryHitsDto })
  async search(@Body(BodyValidationPipe) body: SearchMemoriesDto): Promise<Answer<string>> {
    const asked = toSearchRequest(body);
    return jsonText(hitsJson(await this.memories.search(asked), asked));
  }

  @Operation({
    summary: 'Search memories by a question in the URL',
    description: 'As the search by POST, without filters. For keys that may only read.',
    errors: [
      MemoryErrors.indexing,
      MemoryErrors.sealed,
      MessageErrors.sealed,
      RequestErrors.tooCostly,
    ],
  })
  @Get('search')
  @searchQuery.document()
  @ApiOkResponse({ type: MemoryHitsDto })
  async find(
    @Query(searchQuery) { q, limit, asOf }: ReturnType<typeof searchQuery.transform>,
  ): Promise<Answer<string>> {
    const asked = {
      query: q,
      match: 'any' as const,
      prefix: false,
      limit,
      in: ['memories' as const],
      filter: null,
      asOf,
      explain: false,
      neighbours: 0,
    };
    return jsonText(hitsJson(await this.memories.search(asked), asked));
  }

  @Operation({ summary: 'Count memories and their vectors' })
  @Get('stats')
  @ApiOkResponse({ type: MemoryStatsDto })
  async stats(): Promise<MemoryStatsDto> {
    const { model } = this.embedder;
    return { model, ...(await this.embeddings.stats(model)) };
  }
}
