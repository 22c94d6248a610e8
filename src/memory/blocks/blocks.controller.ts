import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { MemoryErrors } from '../memories.errors.js';
import { AccessibleBy } from '../../platform/context/index.js';
import { IfMatch, Operation, withEtag } from '../../platform/http/index.js';
import {
  BodyValidationPipe,
  withDescription,
  NameParameter,
  QueryShape,
  text,
  type ValuesOf,
} from '../../platform/input/index.js';
import { BlockDto, BlocksDto, PutBlockDto, toBlockDto } from '../dto/block.dto.js';
import { MEMORY_LIMITS } from '../memory-limits.js';
import type { MemoryRow } from '../memory-row.js';
import { asOfField } from '../as-of.js';
import { BlocksService } from './blocks.service.js';

const agentId = withDescription(
  text(MEMORY_LIMITS.agentIdLength, false),
  'The agent whose block it is. The block for all agents without it.',
);
const listQuery = new QueryShape({ asOf: asOfField() });
const getQuery = new QueryShape({ agentId, asOf: asOfField() });
const writeQuery = new QueryShape({ agentId });

const LABEL = new NameParameter(
  'label',
  /^[A-Za-z0-9_.-]{1,100}$/,
  '1 to 100 letters, digits, points, hyphens or underscores',
  ['persona', 'human'],
  'Name of the block.',
);

@ApiTags('memory blocks')
@AccessibleBy('user')
@Controller('v1/memory-blocks')
export class BlocksController {
  constructor(private readonly blocks: BlocksService) {}

  @Operation({
    summary: 'List memory blocks',
    description: 'Blocks are in every context, unless the agent configuration says otherwise.',
  })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: BlocksDto })
  async list(@Query(listQuery) { asOf }: ValuesOf<typeof listQuery>): Promise<BlocksDto> {
    return { data: (await this.blocks.list(asOf)).map(toBlockDto) };
  }

  @Operation({
    summary: 'Read a memory block',
    errors: [MemoryErrors.blockNotFound],
    headers: ['ETag'],
  })
  @Get(':label')
  @LABEL.document()
  @getQuery.document()
  @ApiOkResponse({ type: BlockDto })
  async get(
    @Param('label', LABEL) label: string,
    @Query(getQuery) { agentId, asOf }: ValuesOf<typeof getQuery>,
  ) {
    return this.tagged(await this.blocks.get(label, agentId ?? null, asOf));
  }

  @Operation({
    summary: 'Write a memory block',
    description:
      'Creates the block, or replaces its content. With `If-Match`, `expectedVersion` or `expectedSha256`, it only succeeds while nobody else has written it.',
    errors: [
      MemoryErrors.blockNotFound,
      MemoryErrors.blockChanged,
      MemoryErrors.tooManyBlocks,
      MemoryErrors.refused,
      MemoryErrors.contended,
    ],
    headers: ['ETag'],
  })
  @Put(':label')
  @LABEL.document()
  @writeQuery.document()
  @ApiOkResponse({ type: BlockDto })
  async put(
    @Param('label', LABEL) label: string,
    @Query(writeQuery) { agentId }: ValuesOf<typeof writeQuery>,
    @Body(BodyValidationPipe) body: PutBlockDto,
    @IfMatch() expected: number | undefined,
  ) {
    return this.tagged(await this.blocks.put(label, agentId ?? null, body, expected));
  }

  @Operation({
    summary: 'Forget a memory block',
    description: 'Erases the content of all its versions.',
    errors: [MemoryErrors.blockNotFound, MemoryErrors.contended],
  })
  @Delete(':label')
  @HttpCode(204)
  @LABEL.document()
  @writeQuery.document()
  @ApiNoContentResponse()
  remove(
    @Param('label', LABEL) label: string,
    @Query(writeQuery) { agentId }: ValuesOf<typeof writeQuery>,
    @IfMatch() expected: number | undefined,
  ) {
    return this.blocks.remove(label, agentId ?? null, expected);
  }

  private tagged(block: MemoryRow) {
    return withEtag(toBlockDto(block), this.blocks.etag(block));
  }
}
