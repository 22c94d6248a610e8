import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccessibleBy, Request } from '../platform/context/index.js';
import { ApiNotModified, ApiProblems, etagOf, IdParameter, integer, QueryShape, withEtag } from '../platform/http/index.js';
import { EffectiveConfigDto } from './dto/effective.dto.js';
import { EffectiveConfigs } from './effective.service.js';
import { ALIAS } from './alias-parameter.js';

const effectiveQuery = new QueryShape({ version: integer(1, 2_147_483_647, undefined), alias: ALIAS.field() });

@ApiTags('agent-configs')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('user')
@Controller('v1/agent-configs/:id/effective')
export class EffectiveController {
  constructor(private readonly configs: EffectiveConfigs) {}

  /** What the user of this request is served: the version that the alias has for them, or the one that is named, or the newest. */
  @Get()
  @effectiveQuery.document()
  @ApiOkResponse({ type: EffectiveConfigDto })
  @ApiNotModified()
  async get(@Param('id', IdParameter) id: string, @Query(effectiveQuery) wanted: ReturnType<typeof effectiveQuery.transform>, @Request() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const config = await this.configs.of(id, wanted);
    return withEtag<EffectiveConfigDto>(config, etagOf(config.version), request, reply);
  }
}
