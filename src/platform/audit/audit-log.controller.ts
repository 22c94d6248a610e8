import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../context/index.js';
import { ApiProblems, paged } from '../http/index.js';
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
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.log.list(query));
  }
}
