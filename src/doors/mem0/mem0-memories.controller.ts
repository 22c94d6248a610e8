import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { MemoryErrors } from '../../memory/index.js';
import { AccessibleBy, NeedsScope, UserInBody, UserInQuery } from '../../platform/context/index.js';
import { BodyLimit } from '../../platform/door/index.js';
import { AddsToProblems, RequestErrors } from '../../platform/errors/index.js';
import { Operation } from '../../platform/http/index.js';
import { IdempotentPost } from '../../platform/idempotency/index.js';
import { BodyValidationPipe, IdParameter, type ValuesOf } from '../../platform/input/index.js';
import { BodyGuard } from '../../platform/secrets-guard/index.js';
import {
  AddMem0MemoriesDto,
  ListMem0MemoriesDto,
  SearchMem0MemoriesDto,
  UpdateMem0MemoryDto,
} from './dto/mem0-body.dto.js';
import {
  AddedMem0MemoriesDto,
  Mem0HitsDto,
  Mem0MemoryDto,
  Mem0PageDto,
} from './dto/mem0-memory.dto.js';
import {
  DeletedMem0MemoriesDto,
  Mem0MessageOnlyDto,
  Mem0VersionDto,
} from './dto/mem0-other.dto.js';
import { Mem0Memories } from './mem0-memories.service.js';
import { Mem0Guard } from './mem0-guard.js';
import { FOR_MEM0_CLIENTS } from './mem0-problem.js';
import { namesQuery, pageQuery, removeQuery } from './mem0-query.js';
import { USER_OF_BODY, USER_OF_FILTERS } from './mem0-user.js';

/** The memories of a user, for clients of mem0. */
@ApiTags('mem0')
@AccessibleBy('user')
@AddsToProblems(FOR_MEM0_CLIENTS)
@Controller('compat/mem0')
export class Mem0MemoriesController {
  constructor(private readonly memories: Mem0Memories) {}

  @Operation({
    summary: 'Store messages as memories, for clients of mem0',
    description:
      'Each message of a user or an assistant becomes a memory as it is; all do, or none. Nothing is extracted from them, whatever `infer` says. What is known already is not stored twice.',
    errors: [RequestErrors.refused, MemoryErrors.refused, MemoryErrors.contended],
  })
  @BodyLimit('large')
  @UserInBody(USER_OF_BODY)
  @IdempotentPost('v3/memories/add')
  @HttpCode(200)
  @ApiOkResponse({ type: AddedMem0MemoriesDto })
  add(
    @Body(BodyValidationPipe, Mem0Guard) body: AddMem0MemoriesDto,
  ): Promise<AddedMem0MemoriesDto> {
    return this.memories.add(body);
  }

  @Operation({
    summary: 'List memories, for clients of mem0',
    description: 'The memories of one user, last changed first.',
  })
  @UserInBody(USER_OF_FILTERS)
  @NeedsScope('read')
  @Post('v3/memories')
  @HttpCode(200)
  @pageQuery.document()
  @ApiOkResponse({ type: Mem0PageDto })
  list(
    @Query(pageQuery) page: ValuesOf<typeof pageQuery>,
    @Body(BodyValidationPipe) body: ListMem0MemoriesDto,
  ): Promise<Mem0PageDto> {
    return this.memories.list(body, page);
  }

  @Operation({
    summary: 'Search memories, for clients of mem0',
    description: 'By words and, where the service has an embedding model, by meaning. Best first.',
    errors: [MemoryErrors.indexing, RequestErrors.tooCostly],
  })
  @UserInBody(USER_OF_FILTERS)
  @NeedsScope('read')
  @Post('v3/memories/search')
  @HttpCode(200)
  @ApiOkResponse({ type: Mem0HitsDto })
  search(@Body(BodyValidationPipe) body: SearchMem0MemoriesDto): Promise<Mem0HitsDto> {
    return this.memories.search(body);
  }

  @Operation({
    summary: 'Delete memories by name, for clients of mem0',
    description:
      'Deletes the memories of the user, agent, app and run that the query names, 1,000 at most, and nothing without a name. Their content is erased, and their history stays.',
  })
  @UserInQuery('user_id')
  @Delete('v1/memories')
  @namesQuery.document()
  @ApiOkResponse({ type: DeletedMem0MemoriesDto })
  removeAll(
    @Query(namesQuery) names: ValuesOf<typeof namesQuery>,
  ): Promise<DeletedMem0MemoriesDto> {
    return this.memories.removeAll(names);
  }

  @Operation({
    summary: 'Read a memory, for clients of mem0',
    errors: [MemoryErrors.notFound],
  })
  @Get('v1/memories/:id')
  @ApiOkResponse({ type: Mem0MemoryDto })
  get(@Param('id', IdParameter) id: string): Promise<Mem0MemoryDto> {
    return this.memories.get(id);
  }

  @Operation({
    summary: 'Edit a memory, for clients of mem0',
    description: 'Fields that are left out stay as they are. `metadata` is replaced as a whole.',
    errors: [
      MemoryErrors.notFound,
      RequestErrors.refused,
      MemoryErrors.refused,
      MemoryErrors.contended,
      MemoryErrors.duplicate,
      MemoryErrors.invalidSpan,
    ],
  })
  @Put('v1/memories/:id')
  @ApiOkResponse({ type: Mem0MemoryDto })
  update(
    @Param('id', IdParameter) id: string,
    @Body(BodyValidationPipe, BodyGuard) body: UpdateMem0MemoryDto,
  ): Promise<Mem0MemoryDto> {
    return this.memories.update(id, body);
  }

  @Operation({
    summary: 'Delete a memory, for clients of mem0',
    description: 'Erases the content of all versions, but not the history.',
    errors: [MemoryErrors.notFound, MemoryErrors.contended],
  })
  @Delete('v1/memories/:id')
  @removeQuery.document()
  @ApiOkResponse({ type: Mem0MessageOnlyDto })
  remove(
    @Query(removeQuery) _query: ValuesOf<typeof removeQuery>,
    @Param('id', IdParameter) id: string,
  ): Promise<Mem0MessageOnlyDto> {
    return this.memories.remove(id);
  }

  @Operation({
    summary: 'List the versions of a memory, for clients of mem0',
    description: 'The newest 100, oldest first.',
    errors: [MemoryErrors.notFound],
  })
  @Get('v1/memories/:id/history')
  @ApiOkResponse({ type: [Mem0VersionDto] })
  history(@Param('id', IdParameter) id: string): Promise<Mem0VersionDto[]> {
    return this.memories.history(id);
  }
}
