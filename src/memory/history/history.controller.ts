import { Body, Controller, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiOkResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { MemoryErrors } from '../memories.errors.js';
import { AccessibleBy, SlowRoute } from '../../platform/context/index.js';
import { Operation, withEtag } from '../../platform/http/index.js';
import { etagOf } from '../../platform/repository/index.js';
import { PAGE_LIMIT } from '../../platform/list/index.js';
import { IdempotentPost } from '../../platform/idempotency/index.js';
import {
  IdParameter,
  integer,
  MAX_INTEGER,
  QueryShape,
  uuid,
  withDescription,
} from '../../platform/input/index.js';
import {
  MemoryDiffDto,
  MemoryHistoryDto,
  RollbackDto,
  RollbackMemoryDto,
  RollbackToDto,
  RollbackConversationDto,
} from '../dto/history.dto.js';
import { MemoryDto, toMemoryDto } from '../dto/memory.dto.js';
import { asOfField } from '../as-of.js';
import { HistoryService } from './history.service.js';
import { parseMemoryRollback, parseRollback } from './rollback-input.js';

const limit = withDescription(
  integer(PAGE_LIMIT.min, PAGE_LIMIT.max, PAGE_LIMIT.default),
  'Entries of the answer, at most.',
);
const historyQuery = new QueryShape({
  limit,
  beforeVersion: withDescription(
    integer(1, MAX_INTEGER, MAX_INTEGER),
    'Lists versions before this one: `next` of the page before.',
  ),
});
const diffQuery = new QueryShape({
  from: withDescription(
    asOfField(),
    'The earlier moment: a time, or a `revision`. Without it, before the first memory.',
    '2026-01-01T00:00:00Z',
  ),
  to: withDescription(asOfField(), 'The later moment: a time, or a `revision`. Without it, now.'),
  after: withDescription(
    uuid(),
    'Continues after the memory with this id: `next` of the page before.',
  ),
  limit,
});

@ApiTags('memories')
@AccessibleBy('user')
@ApiExtraModels(RollbackToDto, RollbackConversationDto, RollbackMemoryDto)
@Controller('v1/memories')
export class HistoryController {
  constructor(private readonly history: HistoryService) {}

  @Operation({
    summary: 'Compare the memory at two moments',
    description:
      'Lists memories that were created, changed or deleted from `from` to `to`, by default now.',
  })
  @Get('diff')
  @diffQuery.document()
  @ApiOkResponse({ type: MemoryDiffDto })
  diff(@Query(diffQuery) { from, to, after, limit }: ReturnType<typeof diffQuery.transform>) {
    return this.history.diff(from ?? { revision: 0 }, to, after ?? null, limit);
  }

  @Operation({
    summary: 'Roll the memory back',
    description:
      'Restores the memory as it was at `asOf`, or retracts what the messages of one conversation are the source of. The rollback is a write like others: a second rollback undoes it. Erased content does not come back.',
    errors: [MemoryErrors.contended, MemoryErrors.conversationNotFound],
  })
  @SlowRoute()
  @IdempotentPost('rollback')
  @HttpCode(200)
  @ApiBody({
    schema: {
      oneOf: [
        { $ref: getSchemaPath(RollbackToDto) },
        { $ref: getSchemaPath(RollbackConversationDto) },
      ],
    },
  })
  @ApiOkResponse({ type: RollbackDto })
  rollback(@Body() body: unknown) {
    const { to, reason } = parseRollback(body);
    return this.history.rollback(to, reason);
  }

  @Operation({
    summary: 'List the versions of a memory',
    description:
      'Newest first, with who wrote each, when and why. Erased versions have null as content.',
    errors: [MemoryErrors.notFound],
  })
  @Get(':id/history')
  @historyQuery.document()
  @ApiOkResponse({ type: MemoryHistoryDto })
  list(
    @Param('id', IdParameter) id: string,
    @Query(historyQuery) { limit, beforeVersion }: ReturnType<typeof historyQuery.transform>,
  ) {
    return this.history.history(id, beforeVersion, limit);
  }

  @Operation({
    summary: 'Restore an earlier version of a memory',
    description: 'Writes a new version with the content of the named one.',
    errors: [
      MemoryErrors.notFound,
      MemoryErrors.versionNotFound,
      MemoryErrors.erased,
      MemoryErrors.contended,
      MemoryErrors.duplicate,
    ],
    headers: ['ETag'],
  })
  @IdempotentPost(':id/rollback')
  @HttpCode(200)
  @ApiBody({
    schema: {
      oneOf: [{ $ref: getSchemaPath(RollbackMemoryDto) }, { $ref: getSchemaPath(RollbackToDto) }],
    },
  })
  @ApiOkResponse({ type: MemoryDto })
  async rollbackOne(@Param('id', IdParameter) id: string, @Body() body: unknown) {
    const { to, reason } = parseMemoryRollback(body);
    const memory = await this.history.rollbackOne(id, to, reason);
    return withEtag(toMemoryDto(memory), etagOf(memory.version));
  }
}
