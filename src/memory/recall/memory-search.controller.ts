import { Body, Controller, Get, HttpCode, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiExtraModels, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { MessageDto } from '../../conversations/index.js';
import { AccessibleBy } from '../../platform/context/index.js';
import {
  type Answer,
  ApiProblems,
  IdempotentPost,
  integer,
  jsonText,
  PAGE_LIMIT,
  QueryShape,
  text,
} from '../../platform/http/index.js';
import { MemoryStatsDto } from '../dto/memory.dto.js';
import { hitsJson, MemoryFilterDto, MemoryHitsDto, SearchMemoriesDto } from '../dto/search.dto.js';
import { EmbeddingRepository } from '../embedding/embedding.repository.js';
import { Embedder } from '../embedding/embedder.js';
import { moment } from '../moment.js';
import { MemorySearchService } from './memory-search.service.js';
import { parseSearch, SEARCH_LIMITS } from './search-input.js';

const searchQuery = new QueryShape(
  {
    q: text(SEARCH_LIMITS.queryLength, true),
    limit: integer(PAGE_LIMIT.min, PAGE_LIMIT.max, 10),
    asOf: moment(),
  },
  ['q'],
);

@ApiTags('memories')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('user')
@ApiExtraModels(MemoryFilterDto, MessageDto)
@Controller('v1/memories')
export class MemorySearchController {
  constructor(
    private readonly memories: MemorySearchService,
    private readonly embeddings: EmbeddingRepository,
    private readonly embedder: Embedder,
  ) {}

  /** What is known that bears on a question, best first; what was written before the call is found. */
  @IdempotentPost('search')
  @HttpCode(200)
  @ApiBody({ type: SearchMemoriesDto })
  @ApiOkResponse({ type: MemoryHitsDto })
  async search(@Body() body: unknown): Promise<Answer<string>> {
    const asked = parseSearch(body);
    return jsonText(hitsJson(await this.memories.search(asked), asked));
  }

  /** The same without filters, for keys that may only read. */
  @Get('search')
  @searchQuery.document()
  @ApiOkResponse({ type: MemoryHitsDto })
  async find(
    @Query(searchQuery) { q, limit, asOf }: ReturnType<typeof searchQuery.transform>,
  ): Promise<Answer<string>> {
    const asked = {
      query: q,
      limit,
      in: ['memories' as const],
      filter: null,
      asOf,
      explain: false,
      neighbours: 0,
    };
    return jsonText(hitsJson(await this.memories.search(asked), asked));
  }

  /** How many there are, and how many of them can be found by meaning. */
  @Get('stats')
  @ApiOkResponse({ type: MemoryStatsDto })
  async stats(): Promise<MemoryStatsDto> {
    const { model } = this.embedder;
    return { model, ...(await this.embeddings.stats(model)) };
  }
}
