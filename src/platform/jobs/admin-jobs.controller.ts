import { Controller, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../context/index.js';
import { ApiProblems, IdempotentPost, IdParameter, paged } from '../http/index.js';
import { type ListQuery, ListQueryPipe } from '../list/index.js';
import { AdminJobDto, AdminJobPageDto, toAdminJobDto } from './dto/job.dto.js';
import { adminJobList } from './job.list.js';
import { JobsService } from './jobs.service.js';

const listQuery = new ListQueryPipe(adminJobList);

@ApiTags('jobs')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('service')
@Controller('v1/admin/jobs')
export class AdminJobsController {
  constructor(private readonly jobs: JobsService) {}

  /** Everybody's and the system's, newest first. Dead letters: `filter[status]=failed`. */
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: AdminJobPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.jobs.listAll(query));
  }

  @Get(':id')
  @ApiOkResponse({ type: AdminJobDto })
  async get(@Param('id', IdParameter) id: string): Promise<AdminJobDto> {
    return toAdminJobDto(await this.jobs.getAny(id));
  }

  /** A failed job begins again, with as many attempts as it may have. */
  @IdempotentPost(':id/retry')
  @HttpCode(200)
  @ApiOkResponse({ type: AdminJobDto })
  async retry(@Param('id', IdParameter) id: string): Promise<AdminJobDto> {
    return toAdminJobDto(await this.jobs.retry(id));
  }
}
