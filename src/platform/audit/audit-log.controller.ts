import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../context/index.js';
import { Operation, paged } from '../http/index.js';
import { type ListQuery, ListQueryPipe } from '../list/index.js';
import { auditEventList } from './audit-event.list.js';
import { AuditLog } from './audit-log.repository.js';
import { AuditEventPageDto } from './dto/audit-event.dto.js';

const listQuery = new ListQueryPipe(auditEventList);

@ApiTags('audit')
@AccessibleBy('user')
@Controller('v1/audit-log')
export class AuditLogController {
  constructor(private readonly log: AuditLog) {}

  @Operation({
    summary: 'List what was done with the secrets of the user',
    description: 'Newest first. Entries are never changed.',
  })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: AuditEventPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.log.list(query));
  }
}
