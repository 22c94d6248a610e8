import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../context/index.js';
import { ApiProblems, paged } from '../http/index.js';
import { type ListQuery, ListQueryPipe } from '../list/index.js';
import { auditRecordList } from './audit-record.list.js';
import { AuditRecords } from './audit-records.js';
import { AuditRecordPageDto } from './dto/audit-record.dto.js';

const listQuery = new ListQueryPipe(auditRecordList);

@ApiTags('audit')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('service')
@Controller('v1/admin/audit-log')
export class AdminAuditLogController {
  constructor(private readonly records: AuditRecords) {}

  /** What was done with keys, users and secrets, by which key. It holds ids and no content, and stays when a user is removed. Newest first. */
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: AuditRecordPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.records.list(query));
  }
}
