import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../../platform/context/index.js';
import {
  ApiNotModified,
  ApiProblems,
  BodyValidationPipe,
  IfMatch,
  NameParameter,
  QueryShape,
  text,
  withEtag,
} from '../../platform/http/index.js';
import { BlockDto, BlocksDto, PutBlockDto, toBlockDto } from '../dto/block.dto.js';
import { MEMORY_LIMITS } from '../memory-input.js';
import type { MemoryRow } from '../memory-row.js';
import { moment } from '../moment.js';
import { BlocksService } from './blocks.service.js';

const agentId = text(MEMORY_LIMITS.agentIdLength, false);
const listQuery = new QueryShape({ asOf: moment() });
const getQuery = new QueryShape({ agentId, asOf: moment() });
const writeQuery = new QueryShape({ agentId });

type Parsed<Q extends { transform: (query: unknown) => unknown }> = ReturnType<Q['transform']>;

const LABEL = new NameParameter(
  'label',
  /^[A-Za-z0-9_.-]{1,100}$/,
  'must be 1 to 100 letters, digits, points, hyphens or underscores',
  ['persona', 'human'],
  'Name of the block.',
);

@ApiTags('memory blocks')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('user')
@Controller('v1/memory-blocks')
export class BlocksController {
  constructor(private readonly blocks: BlocksService) {}

  /** What is always in the context: all there are. */
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: BlocksDto })
  async list(@Query(listQuery) { asOf }: Parsed<typeof listQuery>): Promise<BlocksDto> {
    return { data: (await this.blocks.list(asOf)).map(toBlockDto) };
  }

  @Get(':label')
  @LABEL.document()
  @getQuery.document()
  @ApiOkResponse({ type: BlockDto })
  @ApiNotModified()
  async get(
    @Param('label', LABEL) label: string,
    @Query(getQuery) { agentId, asOf }: Parsed<typeof getQuery>,
  ) {
    return this.tagged(await this.blocks.get(label, agentId ?? null, asOf));
  }

  /** Makes it, or gives it another content: with `If-Match`, `expectedVersion` or `expectedSha256`, only as long as nobody else has. */
  @Put(':label')
  @LABEL.document()
  @writeQuery.document()
  @ApiOkResponse({ type: BlockDto })
  async put(
    @Param('label', LABEL) label: string,
    @Query(writeQuery) { agentId }: Parsed<typeof writeQuery>,
    @Body(BodyValidationPipe) body: PutBlockDto,
    @IfMatch() expected: number | undefined,
  ) {
    return this.tagged(await this.blocks.put(label, agentId ?? null, body, expected));
  }

  /** Forgets it: its content goes, of all versions. */
  @Delete(':label')
  @HttpCode(204)
  @LABEL.document()
  @writeQuery.document()
  @ApiNoContentResponse()
  remove(
    @Param('label', LABEL) label: string,
    @Query(writeQuery) { agentId }: Parsed<typeof writeQuery>,
    @IfMatch() expected: number | undefined,
  ) {
    return this.blocks.remove(label, agentId ?? null, expected);
  }

  private tagged(block: MemoryRow) {
    return withEtag(toBlockDto(block), this.blocks.etag(block));
  }
}
