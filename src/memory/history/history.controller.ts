import { Body, Controller, Get, HttpCode, Param, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiExtraModels,
  ApiOkResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { AccessibleBy, SlowRoute } from '../../platform/context/index.js';
import {
  ApiProblems,
  etagOf,
  IdempotentPost,
  IdParameter,
  integer,
  PAGE_LIMIT,
  QueryShape,
  withEtag,
} from '../../platform/http/index.js';
import {
  MemoryDiffDto,
  MemoryHistoryDto,
  RollbackDto,
  RollbackMemoryDto,
  type RollbackTo,
  RollbackToDto,
  UnlearnDto,
} from '../dto/history.dto.js';
import { MemoryDto, toMemoryDto } from '../dto/memory.dto.js';
import { moment, type Moment } from '../moment.js';
import { uuid } from '../query-fields.js';
import { HistoryService } from './history.service.js';
import { parseRollback } from './rollback-input.js';

const NO_VERSION = 2_147_483_647;
const limit = integer(PAGE_LIMIT.min, PAGE_LIMIT.max, PAGE_LIMIT.default);
const historyQuery = new QueryShape({ limit, beforeVersion: integer(1, NO_VERSION, NO_VERSION) });
const diffQuery = new QueryShape({ from: moment(), to: moment(), after: uuid(), limit }, ['from']);

@ApiTags('memories')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('user')
@ApiExtraModels(RollbackToDto, UnlearnDto, RollbackMemoryDto)
@Controller('v1/memories')
export class HistoryController {
  constructor(private readonly history: HistoryService) {}

  /** What is believed at `to`, now by default, and was not at `from`, or otherwise. */
  @Get('diff')
  @diffQuery.document()
  @ApiOkResponse({ type: MemoryDiffDto })
  diff(@Query(diffQuery) { from, to, after, limit }: ReturnType<typeof diffQuery.transform>) {
    return this.history.diff(from ?? { revision: 0 }, to, after ?? null, limit);
  }

  /** Makes what was believed at a moment what is believed now, or takes back what one conversation taught. What has been erased does not come back. */
  @SlowRoute()
  @IdempotentPost('rollback')
  @HttpCode(200)
  @ApiBody({
    schema: {
      oneOf: [{ $ref: getSchemaPath(RollbackToDto) }, { $ref: getSchemaPath(UnlearnDto) }],
    },
  })
  @ApiOkResponse({ type: RollbackDto })
  rollback(@Body() body: unknown) {
    const { to, reason } = parseRollback(body, ['asOf', 'conversationId']);
    return this.history.rollback(to as RollbackTo, reason);
  }

  /** Who changed it when, and why; the content of each version, unless it has been erased. */
  @Get(':id/history')
  @historyQuery.document()
  @ApiOkResponse({ type: MemoryHistoryDto })
  list(
    @Param('id', IdParameter) id: string,
    @Query(historyQuery) { limit, beforeVersion }: ReturnType<typeof historyQuery.transform>,
  ) {
    return this.history.history(id, beforeVersion, limit);
  }

  /** As it was in a version, or at a moment: as a new version. */
  @IdempotentPost(':id/rollback')
  @HttpCode(200)
  @ApiBody({
    schema: {
      oneOf: [{ $ref: getSchemaPath(RollbackMemoryDto) }, { $ref: getSchemaPath(RollbackToDto) }],
    },
  })
  @ApiOkResponse({ type: MemoryDto })
  async rollbackOne(@Param('id', IdParameter) id: string, @Body() body: unknown) {
    const { to, reason } = parseRollback(body, ['version', 'asOf']);
    const memory = await this.history.rollbackOne(
      id,
      to as { version: number } | { moment: Moment },
      reason,
    );
    return withEtag(toMemoryDto(memory), etagOf(memory.version));
  }
}
