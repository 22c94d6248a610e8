import { Controller, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../context/index.js';
import { Operation, paged } from '../http/index.js';
import { IdempotentPost } from '../idempotency/index.js';
import { IdParameter } from '../input/index.js';
import { type ListQuery, ListQueryPipe } from '../list/index.js';
import { JobErrors } from './jobs.errors.js';
import { AdminJobDto, AdminJobPageDto, toAdminJobDto } from './dto/job.dto.js';
import { adminJobList } from './job.list.js';
import { JobsService } from './jobs.service.js';

const listQuery = new ListQueryPipe(adminJobList);

@ApiTags('jobs')
@AccessibleBy('service')
@Controller('v1/admin/jobs')
export class AdminJobsController {
  constructor(private readonly jobs: JobsService) {}

  @Operation({
    summary: 'List the jobs of all users',
    description:
      'Also those of the service, newest first. `filter[status]=failed`: those needing attention.',
  })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: AdminJobPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.jobs.listAll(query));
  }

  @Operation({ summary: 'Read any job', errors: [JobErrors.notFound] })
  @Get(':id')
  @ApiOkResponse({ type: AdminJobDto })
  async get(@Param('id', IdParameter) id: string): Promise<AdminJobDto> {
    return toAdminJobDto(await this.jobs.getAny(id));
  }

  @Operation({
    summary: 'Run a failed job again',
    description:
      'The job gets all its attempts again. It must have failed within the last 72 hours: what it was to work on is erased then.',
    errors: [JobErrors.notFound, JobErrors.notFailed, JobErrors.tooOld, JobErrors.superseded],
  })
  @IdempotentPost(':id/retry')
  @HttpCode(200)
  @ApiOkResponse({ type: AdminJobDto })
  async retry(@Param('id', IdParameter) id: string): Promise<AdminJobDto> {
    return toAdminJobDto(await this.jobs.retry(id));
  }
}
