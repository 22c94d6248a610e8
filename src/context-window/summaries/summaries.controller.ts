import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { SummaryErrors } from '../context.errors.js';
import { AccessibleBy } from '../../platform/context/index.js';
import { BodyLimit } from '../../platform/door/index.js';
import { Operation, paged } from '../../platform/http/index.js';
import { BodyValidationPipe, IdParameter } from '../../platform/input/index.js';
import { IdempotentPost } from '../../platform/idempotency/index.js';
import { type ListQuery, ListQueryPipe } from '../../platform/list/index.js';
import { ConversationErrors, ConversationId } from '../../conversations/index.js';
import { CreateSummaryDto, SummaryDto, SummaryPageDto } from '../dto/summary.dto.js';
import { SummariesService } from './summaries.service.js';
import { summaryList } from './summary.list.js';

const listQuery = new ListQueryPipe(summaryList);

@ApiTags('context')
@AccessibleBy('user')
@Controller('v1/conversations/:id/summaries')
export class SummariesController {
  constructor(private readonly summaries: SummariesService) {}

  @Operation({
    summary: 'Store a summary of a range of messages',
    description:
      'The application writes the summary. Contexts contain it in place of messages of its range that do not fit; with `compact`, in place of all messages up to `toSeq`.',
    errors: [
      ConversationErrors.notFound,
      SummaryErrors.invalidRange,
      SummaryErrors.leavesGap,
      SummaryErrors.refused,
    ],
  })
  @BodyLimit('large')
  @IdempotentPost()
  @ApiCreatedResponse({ type: SummaryDto })
  create(
    @Param('id', ConversationId) id: string,
    @Body(BodyValidationPipe) values: CreateSummaryDto,
  ) {
    return this.summaries.create(id, values);
  }

  @Operation({
    summary: 'List the summaries of a conversation',
    description: 'Those of the newest messages first.',
    errors: [ConversationErrors.notFound],
  })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: SummaryPageDto })
  async list(@Param('id', ConversationId) id: string, @Query(listQuery) query: ListQuery) {
    return paged(await this.summaries.list(id, query));
  }

  @Operation({
    summary: 'Delete a summary',
    description:
      'For good. Deleting a compaction also deletes the compactions after it; contexts contain their messages again.',
    errors: [ConversationErrors.notFound, SummaryErrors.notFound],
  })
  @Delete(':summaryId')
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(
    @Param('id', ConversationId) id: string,
    @Param('summaryId', IdParameter) summaryId: string,
  ) {
    return this.summaries.remove(id, summaryId);
  }
}
