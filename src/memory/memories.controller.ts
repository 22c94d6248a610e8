import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Query } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import {
  conversationReference,
  CREATE_IF_MISSING,
  DeletedImports,
} from '../conversations/index.js';
import { AccessibleBy } from '../platform/context/index.js';
import { BodyLimit } from '../platform/door/index.js';
import { Answer, IfMatch, Operation, paged, withEtag } from '../platform/http/index.js';
import { IdempotentPost } from '../platform/idempotency/index.js';
import {
  BodyValidationPipe,
  boolean,
  withDescription,
  IdParameter,
  QueryShape,
  text,
  uuid,
  type ValuesOf,
} from '../platform/input/index.js';
import { ListQueryPipe } from '../platform/list/index.js';
import { MemoryErrors } from './memories.errors.js';
import {
  createBody,
  CreatedMemoryDto,
  MemoriesDto,
  MemoryDto,
  MemoryPageDto,
  toCreatedMemoryDto,
  toMemoryDto,
  UpdateMemoryDto,
} from './dto/memory.dto.js';
import { memoryList } from './memory.list.js';
import { MEMORY_LIMITS } from './memory-limits.js';
import { parseMemories, toMemoryInput } from './writes/memory-input.js';
import type { MemoryRow } from './memory-row.js';
import { MemoriesService } from './memories.service.js';
import { MemoryCreation } from './writes/memory-creation.js';
import { asOfField } from './as-of.js';

const listQuery = new ListQueryPipe(memoryList, {
  asOf: asOfField(),
  sourceMessageId: withDescription(
    uuid(),
    'Keeps memories that were learnt from this message, even a purged one.',
  ),
  sourceConversationId: withDescription(
    conversationReference(),
    'Keeps memories that were learnt from this conversation: its id, even of a purged one, or `key:` and its key.',
  ),
});
const createQuery = new QueryShape({
  createIfMissing: withDescription(
    CREATE_IF_MISSING,
    'Creates the conversations that the memories name with `conversationId`, if there are none.',
  ),
  unlessDeleted: withDescription(
    boolean(),
    'Refuses a memory whose `importKey` in its metadata is that, or the id, of one that was forgotten: 410 `memory.deleted_import`. An import sends it.',
    true,
  ),
});
const getQuery = new QueryShape({ asOf: asOfField() });
const removeQuery = new QueryShape({
  purge: withDescription(boolean(), 'Deletes the history, too.', true),
  reason: withDescription(
    text(MEMORY_LIMITS.reasonLength, false),
    'Why it is forgotten, for the history.',
    'The user asked for it.',
  ),
});

@ApiTags('memories')
@AccessibleBy('user')
@ApiExtraModels(CreatedMemoryDto, MemoriesDto)
@Controller('v1/memories')
export class MemoriesController {
  constructor(
    private readonly memories: MemoriesService,
    private readonly creation: MemoryCreation,
    private readonly deletedImports: DeletedImports,
  ) {}

  @Operation({
    summary: 'Store memories',
    description:
      'Takes one memory, or up to 1,000; all are stored, or none. A memory that is known already is not stored twice: its `strength` goes up, and a single one is answered with 200. `supersedes` ends the validity of memories that are no longer true. `similar` names memories that say nearly the same, and `onSimilar` says what becomes of it then.',
    errors: [
      MemoryErrors.refused,
      MemoryErrors.contended,
      MemoryErrors.invalidSpan,
      MemoryErrors.sourceNotFound,
      MemoryErrors.conversationNotFound,
      MemoryErrors.supersededNotFound,
      MemoryErrors.similar,
      MemoryErrors.deletedImport,
    ],
    optionalHeaders: ['ETag', 'Location'],
  })
  @BodyLimit('large')
  @IdempotentPost()
  @createQuery.document()
  @ApiBody(createBody)
  @ApiCreatedResponse({
    schema: {
      oneOf: [{ $ref: getSchemaPath(CreatedMemoryDto) }, { $ref: getSchemaPath(MemoriesDto) }],
    },
  })
  @ApiOkResponse({
    type: CreatedMemoryDto,
    description: 'The same was known already, or nearly the same with `onSimilar: "strengthen"`.',
  })
  async create(
    @Body() body: unknown,
    @Query(createQuery) { createIfMissing, unlessDeleted }: ValuesOf<typeof createQuery>,
  ): Promise<Answer<CreatedMemoryDto> | MemoriesDto> {
    const { memories, isBatch } = parseMemories(body);
    const path = isBatch ? '/memories' : null;
    const faults = unlessDeleted
      ? await this.deletedImports.faultsOf('memory', memories, path)
      : [];
    if (faults.length > 0) throw MemoryErrors.deletedImport({ errors: faults });
    if (isBatch)
      return {
        data: (await this.creation.createMany(memories, createIfMissing)).map(
          ({ memory, similar }) => toCreatedMemoryDto(memory, similar),
        ),
      };
    const { memory, isDuplicate, similar } = await this.creation.create(
      memories[0]!,
      createIfMissing,
    );
    return new Answer(toCreatedMemoryDto(memory, similar), {
      status: isDuplicate ? 200 : 201,
      headers: { location: `/v1/memories/${memory.id}`, etag: this.memories.etag(memory) },
    });
  }

  @Operation({
    summary: 'List memories',
    description: 'Last changed first. With `asOf`, the memories as they were then.',
  })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: MemoryPageDto })
  async list(@Query(listQuery) query: ValuesOf<typeof listQuery>) {
    return paged(await this.memories.list(query, query));
  }

  @Operation({ summary: 'Read a memory', errors: [MemoryErrors.notFound], headers: ['ETag'] })
  @Get(':id')
  @getQuery.document()
  @ApiOkResponse({ type: MemoryDto })
  async get(
    @Param('id', IdParameter) id: string,
    @Query(getQuery) { asOf }: ValuesOf<typeof getQuery>,
  ) {
    return this.tagged(await this.memories.get(id, asOf));
  }

  @Operation({
    summary: 'Edit a memory',
    description:
      'Writes a new version; fields that are left out stay as they are. With `If-Match`, the edit only succeeds while nobody else has edited it.',
    errors: [
      MemoryErrors.notFound,
      MemoryErrors.refused,
      MemoryErrors.contended,
      MemoryErrors.duplicate,
      MemoryErrors.invalidSpan,
      MemoryErrors.sourceNotFound,
      MemoryErrors.conversationNotFound,
    ],
    headers: ['ETag'],
  })
  @Patch(':id')
  @ApiOkResponse({ type: MemoryDto })
  async update(
    @Param('id', IdParameter) id: string,
    @Body(BodyValidationPipe) changes: UpdateMemoryDto,
    @IfMatch() expected: number | undefined,
  ) {
    return this.tagged(await this.memories.update(id, toMemoryInput(changes), expected));
  }

  @Operation({
    summary: 'Forget a memory',
    description:
      'Erases the content of all versions, but not the history. `purge=true` erases that, too.',
    errors: [MemoryErrors.notFound, MemoryErrors.contended],
  })
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
