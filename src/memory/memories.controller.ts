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
  IfMatch,
  paged,
  withEtag,
} from '../platform/http/index.js';
import { IdempotentPost } from '../platform/idempotency/index.js';
import {
  boolean,
  IdParameter,
  QueryShape,
  text,
  uuid,
  type ValuesOf,
} from '../platform/input/index.js';
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
import { MEMORY_LIMITS, parseChanges, parseMemories } from './writes/memory-input.js';
import type { MemoryRow } from './memory-row.js';
import { MemoriesService } from './memories.service.js';
import { asOfField } from './as-of.js';

const listQuery = new ListQueryPipe(memoryList, {
  asOf: asOfField(),
  sourceMessageId: uuid(),
  sourceConversationId: uuid(),
});
const getQuery = new QueryShape({ asOf: asOfField() });
const removeQuery = new QueryShape({
  purge: boolean(),
  reason: text(MEMORY_LIMITS.reasonLength, false),
});

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
    const { memory, isDuplicate } = await this.memories.create(memories[0]!);
    return new Answer(toMemoryDto(memory), {
      status: isDuplicate ? 200 : 201,
      headers: { location: `/v1/memories/${memory.id}`, etag: this.memories.etag(memory) },
    });
  }

  /** What is believed now, or was at a moment, last changed first. What comes from a message or a conversation is found after that was purged, too. */
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: MemoryPageDto })
  async list(@Query(listQuery) query: ValuesOf<typeof listQuery>) {
    return paged(await this.memories.list(query, query));
  }

  @Get(':id')
  @getQuery.document()
  @ApiOkResponse({ type: MemoryDto })
  @ApiNotModified()
  async get(
    @Param('id', IdParameter) id: string,
    @Query(getQuery) { asOf }: ValuesOf<typeof getQuery>,
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
    @Query(removeQuery) { purge, reason }: ValuesOf<typeof removeQuery>,
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
