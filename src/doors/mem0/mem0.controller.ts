import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../../platform/context/index.js';
import { AddsToProblems } from '../../platform/errors/index.js';
import { Operation } from '../../platform/http/index.js';
import { type ValuesOf } from '../../platform/input/index.js';
import { Mem0EntitiesDto, Mem0PingDto } from './dto/mem0-other.dto.js';
import { Mem0Memories } from './mem0-memories.service.js';
import { FOR_MEM0_CLIENTS } from './mem0-problem.js';
import { pageQuery } from './mem0-query.js';

/** What clients of mem0 ask beside memories. */
@ApiTags('mem0')
@AddsToProblems(FOR_MEM0_CLIENTS)
@Controller('compat/mem0/v1')
export class Mem0Controller {
  constructor(private readonly memories: Mem0Memories) {}

  @Operation({
    summary: 'Check the key, for clients of mem0',
    description: 'Their constructors ask it. It takes any key with the scope `read`.',
  })
  @Get('ping')
  @AccessibleBy('any')
  @ApiOkResponse({ type: Mem0PingDto })
  ping(): Mem0PingDto {
    return { status: 'ok', org_id: null, project_id: null, user_email: null };
  }

  @Operation({
    summary: 'Count the memories of the user, for clients of mem0',
    description: 'Names the user whom the request acts for. Agents, apps and runs are not listed.',
  })
  @Get('entities')
  @AccessibleBy('user')
  @pageQuery.document()
  @ApiOkResponse({ type: Mem0EntitiesDto })
  entities(@Query(pageQuery) page: ValuesOf<typeof pageQuery>): Promise<Mem0EntitiesDto> {
    return this.memories.entities(page);
  }
}
