import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { AccessibleBy } from '../platform/context/index.js';
import { BodyLimit } from '../platform/door/index.js';
import {
  Answer,
  ApiNotModified,
  ApiProblems,
  boolean,
  IdempotentPost,
  IdParameter,
  IfMatch,
  paged,
  QueryShape,
  text,
  uuid,
  withEtag,
} from '../platform/http/index.js';
import { ListQueryPipe } from '../platform/list/index.js';
import {
  createBody,
  MemoriesDto,
  MemoryDto,
  MemoryPageDto,
  toMemoryDto,
  UpdateMemoryDto,
} from './dto/memory.dto.js';
import { memoryList } from './memory.list.js';
import { MEMORY_LIMITS, parseChanges, parseMemories } from './memory-input.js';
import type { MemoryRow } from './memory-row.js';
import { MemoriesService } from './memories.service.js';
import { moment } from './moment.js';

const listQuery = new ListQueryPipe(memoryList, {
  asOf: moment(),
  sourceMessageId: uuid(),
  sourceConversationId: uuid(),
});
const getQuery = new QueryShape({ asOf: moment() });
const removeQuery = new QueryShape({
  purge: boolean(),
  reason: text(MEMORY_LIMITS.reasonLength, false),
});

type Parsed<Q extends { transform: (query: unknown) => unknown }> = ReturnType<Q['transform']>;

@ApiTags('memories')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('user')
@ApiExtraModels(MemoriesDto)
@Controller('v1/memories')
export class MemoriesController {
  constructor(private readonly memories: MemoriesService) {}

  /** One memory or up to 1,000, as they are given. What had been told before is strengthened, and answered as it is now: one of them with 200. */
  @BodyLimit('large')
  @IdempotentPost()
  @ApiBody(createBody)
  @ApiCreatedResponse({
    schema: { oneOf: [{ $ref: getSchemaPath(MemoryDto) }, { $ref: getSchemaPath(MemoriesDto) }] },
  })
  @ApiOkResponse({ type: MemoryDto, description: 'The same was known already.' })
  async create(@Body() body: unknown): Promise<Answer<MemoryDto> | MemoriesDto> {
    const { memories, isBatch } = parseMemories(body);
    if (isBatch)
      return {
        data: (await this.memories.createMany(memories)).map(({ memory }) => toMemoryDto(memory)),
      };
    const { memory, known } = await this.memories.create(memories[0]!);
    return new Answer(toMemoryDto(memory), {
      status: known ? 200 : 201,
      headers: { location: `/v1/memories/${memory.id}`, etag: this.memories.etag(memory) },
    });
  }

  /** What is believed now, or was at a moment, last changed first. What comes from a message or a conversation is found after that was purged, too. */
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: MemoryPageDto })
  async list(@Query(listQuery) query: Parsed<typeof listQuery>) {
    return paged(await this.memories.list(query, query));
  }

  @Get(':id')
  @getQuery.document()
  @ApiOkResponse({ type: MemoryDto })
  @ApiNotModified()
  async get(
    @Param('id', IdParameter) id: string,
    @Query(getQuery) { asOf }: Parsed<typeof getQuery>,
  ) {
    return this.tagged(await this.memories.get(id, asOf));
  }

  /** Adds a version with what is given; what is left out stays. With `If-Match`, only when nobody else has changed it since. */
  @Patch(':id')
  @ApiBody({ type: UpdateMemoryDto })
  @ApiOkResponse({ type: MemoryDto })
  async update(
    @Param('id', IdParameter) id: string,
    @Body() body: unknown,
    @IfMatch() expected: number | undefined,
  ) {
    return this.tagged(await this.memories.update(id, parseChanges(body), expected));
  }

  /** Forgets: the content goes, of all versions, and that there was a memory stays. With `purge=true` nothing stays. */
  @Delete(':id')
  @HttpCode(204)
  @removeQuery.document()
  @ApiNoContentResponse()
  remove(
    @Param('id', IdParameter) id: string,
    @Query(removeQuery) { purge, reason }: Parsed<typeof removeQuery>,
    @IfMatch() expected: number | undefined,
  ) {
    return this.memories.remove(id, {
      purge,
      reason: reason ?? null,
      expected: expected,
    });
  }

  private tagged(memory: MemoryRow) {
    return withEtag(toMemoryDto(memory), this.memories.etag(memory));
  }
}
