import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../context/index.js';
import { ApiProblems, IdParameter, paged } from '../http/index.js';
import { type ListQuery, ListQueryPipe } from '../list/index.js';
import { JobDto, JobPageDto, toJobDto } from './dto/job.dto.js';
import { jobList } from './job.list.js';
import { JobsService } from './jobs.service.js';

const listQuery = new ListQueryPipe(jobList);

@ApiTags('jobs')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('user')
@Controller('v1/jobs')
export class JobsController {
  constructor(private readonly jobs: JobsService) {}

  /** The user's own, newest first. Finished ones are kept for a week. */
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: JobPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.jobs.list(query));
  }

  @Get(':id')
  @ApiOkResponse({ type: JobDto })
  async get(@Param('id', IdParameter) id: string): Promise<JobDto> {
    return toJobDto(await this.jobs.get(id));
  }
}
