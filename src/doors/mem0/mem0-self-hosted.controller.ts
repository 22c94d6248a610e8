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
import { AddMem0MemoriesDto, UpdateMem0MemoryDto } from './dto/mem0-body.dto.js';
import { AddedMem0MemoriesDto, Mem0HitsDto, Mem0MemoryDto } from './dto/mem0-memory.dto.js';
import {
  DeletedMem0MemoriesDto,
  Mem0MessageOnlyDto,
  Mem0VersionDto,
} from './dto/mem0-other.dto.js';
import { Mem0ResultsDto, SearchSelfHostedMem0Dto } from './dto/mem0-self-hosted.dto.js';
import { Mem0Guard } from './mem0-guard.js';
import { Mem0Memories } from './mem0-memories.service.js';
import { FOR_MEM0_CLIENTS } from './mem0-problem.js';
import { listQuery, namesQuery } from './mem0-query.js';
import { USER_OF_BODY, USER_OF_SEARCH } from './mem0-user.js';

/** The memories of a user, for clients of a mem0 server that its users host. */
@ApiTags('mem0')
@AccessibleBy('user')
@AddsToProblems(FOR_MEM0_CLIENTS)
@Controller('compat/mem0')
export class Mem0SelfHostedController {
  constructor(private readonly memories: Mem0Memories) {}

  @Operation({
    summary: 'Store messages as memories, for clients of a self-hosted mem0',
    description: 'As `POST /compat/mem0/v3/memories/add`.',
    errors: [RequestErrors.refused, MemoryErrors.refused, MemoryErrors.contended],
  })
  @BodyLimit('large')
  @UserInBody(USER_OF_BODY)
  @IdempotentPost('memories')
  @HttpCode(200)
  @ApiOkResponse({ type: AddedMem0MemoriesDto })
  add(
    @Body(BodyValidationPipe, Mem0Guard) body: AddMem0MemoriesDto,
  ): Promise<AddedMem0MemoriesDto> {
    return this.memories.add(body);
  }

  @Operation({
    summary: 'List memories, for clients of a self-hosted mem0',
    description: 'The memories that the query names, last changed first.',
  })
  @UserInQuery('user_id')
  @Get('memories')
  @listQuery.document()
  @ApiOkResponse({ type: Mem0ResultsDto })
  async list(
    @Query(listQuery) { top_k: most, ...names }: ValuesOf<typeof listQuery>,
  ): Promise<Mem0ResultsDto> {
    return { results: await this.memories.named(names, most) };
  }

  @Operation({
    summary: 'Search memories, for clients of a self-hosted mem0',
    description: 'By words and, where the service has an embedding model, by meaning. Best first.',
    errors: [MemoryErrors.indexing, RequestErrors.tooCostly],
  })
  @UserInBody(USER_OF_SEARCH)
  @NeedsScope('read')
  @Post('search')
  @HttpCode(200)
  @ApiOkResponse({ type: Mem0HitsDto })
  search(@Body(BodyValidationPipe) body: SearchSelfHostedMem0Dto): Promise<Mem0HitsDto> {
    const { user_id, agent_id, app_id, run_id } = body;
    return this.memories.search(body, { user_id, agent_id, app_id, run_id });
  }

  @Operation({
    summary: 'Delete memories by name, for clients of a self-hosted mem0',
    description: 'As `DELETE /compat/mem0/v1/memories`.',
  })
  @UserInQuery('user_id')
  @Delete('memories')
  @namesQuery.document()
  @ApiOkResponse({ type: DeletedMem0MemoriesDto })
  removeAll(
    @Query(namesQuery) names: ValuesOf<typeof namesQuery>,
  ): Promise<DeletedMem0MemoriesDto> {
    return this.memories.removeAll(names);
  }

  @Operation({
    summary: 'Read a memory, for clients of a self-hosted mem0',
    errors: [MemoryErrors.notFound],
  })
  @Get('memories/:id')
  @ApiOkResponse({ type: Mem0MemoryDto })
  get(@Param('id', IdParameter) id: string): Promise<Mem0MemoryDto> {
    return this.memories.get(id);
  }

  @Operation({
    summary: 'Edit a memory, for clients of a self-hosted mem0',
    description: 'As `PUT /compat/mem0/v1/memories/:id`.',
    errors: [
      MemoryErrors.notFound,
      RequestErrors.refused,
      MemoryErrors.refused,
      MemoryErrors.contended,
      MemoryErrors.duplicate,
      MemoryErrors.invalidSpan,
    ],
  })
  @Put('memories/:id')
  @ApiOkResponse({ type: Mem0MemoryDto })
  update(
    @Param('id', IdParameter) id: string,
    @Body(BodyValidationPipe, BodyGuard) body: UpdateMem0MemoryDto,
  ): Promise<Mem0MemoryDto> {
    return this.memories.update(id, body);
  }

  @Operation({
    summary: 'Delete a memory, for clients of a self-hosted mem0',
    description: 'As `DELETE /compat/mem0/v1/memories/:id`.',
    errors: [MemoryErrors.notFound, MemoryErrors.contended],
  })
  @Delete('memories/:id')
  @ApiOkResponse({ type: Mem0MessageOnlyDto })
  remove(@Param('id', IdParameter) id: string): Promise<Mem0MessageOnlyDto> {
    return this.memories.remove(id);
  }

  @Operation({
    summary: 'List versions of a memory, for clients of a self-hosted mem0',
    description: 'The newest 100, oldest first.',
    errors: [MemoryErrors.notFound],
  })
  @Get('memories/:id/history')
  @ApiOkResponse({ type: [Mem0VersionDto] })
  history(@Param('id', IdParameter) id: string): Promise<Mem0VersionDto[]> {
    return this.memories.history(id);
  }
}
