import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import { AccessibleBy } from '../../platform/context/index.js';
import { BodyLimit } from '../../platform/door/index.js';
import {
  ApiProblems,
  BodyValidationPipe,
  IdempotentPost,
  IdParameter,
  paged,
} from '../../platform/http/index.js';
import { type ListQuery, ListQueryPipe } from '../../platform/list/index.js';
import { CreateSummaryDto, SummaryDto, SummaryPageDto } from '../dto/summary.dto.js';
import { SummariesService } from './summaries.service.js';
import { summaryList } from './summary.list.js';

const listQuery = new ListQueryPipe(summaryList);

@ApiTags('context')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('user')
@Controller('v1/conversations/:id/summaries')
export class SummariesController {
  constructor(private readonly summaries: SummariesService) {}

  /** What a range of messages comes to, in the caller's words. Sent in contexts in place of messages that are left out. */
  @BodyLimit('large')
  @IdempotentPost()
  @ApiCreatedResponse({ type: SummaryDto })
  create(@Param('id', IdParameter) id: string, @Body(BodyValidationPipe) values: CreateSummaryDto) {
    return this.summaries.create(id, values);
  }

  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: SummaryPageDto })
  async list(@Param('id', IdParameter) id: string, @Query(listQuery) query: ListQuery) {
    return paged(await this.summaries.list(id, query));
  }

  /** For good. A compaction goes with its summary, and with it those that followed: their messages are sent again. */
  @Delete(':summaryId')
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(@Param('id', IdParameter) id: string, @Param('summaryId', IdParameter) summaryId: string) {
    return this.summaries.remove(id, summaryId);
  }
}
