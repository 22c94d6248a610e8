import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../context/index.js';
import { Operation, paged } from '../http/index.js';
import { IdParameter } from '../input/index.js';
import { type ListQuery, ListQueryPipe } from '../list/index.js';
import { JobErrors } from './jobs.errors.js';
import { JobDto, JobPageDto, toJobDto } from './dto/job.dto.js';
import { jobList } from './job.list.js';
import { JobsService } from './jobs.service.js';

const listQuery = new ListQueryPipe(jobList);

@ApiTags('jobs')
@AccessibleBy('user')
@Controller('v1/jobs')
export class JobsController {
  constructor(private readonly jobs: JobsService) {}

  @Operation({
    summary: 'List the jobs of the acting user',
    description: 'Newest first. Finished jobs are kept for a week.',
  })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: JobPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.jobs.list(query));
  }

  @Operation({ summary: 'Read a job of the acting user', errors: [JobErrors.notFound] })
  @Get(':id')
  @ApiOkResponse({ type: JobDto })
  async get(@Param('id', IdParameter) id: string): Promise<JobDto> {
    return toJobDto(await this.jobs.get(id));
  }
}
