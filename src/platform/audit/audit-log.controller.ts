import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccessibleBy, Request } from '../context/index.js';
import { ApiProblems, linkNext } from '../http/index.js';
import { type ListQuery, ListQueryPipe } from '../list/index.js';
import { auditEventList } from './audit-event.list.js';
import { AuditLog } from './audit-log.repository.js';
import { AuditEventPageDto } from './dto/audit-event.dto.js';

const listQuery = new ListQueryPipe(auditEventList);

@ApiTags('audit')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('user')
@Controller('v1/audit-log')
export class AuditLogController {
  constructor(private readonly log: AuditLog) {}

  /** What was done with the user's secrets, and by whom. Newest first; nothing of it is ever changed. */
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: AuditEventPageDto })
  async list(
    @Query(listQuery) query: ListQuery,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return linkNext(await this.log.list(query), request, reply);
  }
}
