import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../context/index.js';
import { Operation, paged } from '../http/index.js';
import { type ListQuery, ListQueryPipe } from '../list/index.js';
import { auditRecordList } from './audit-record.list.js';
import { AuditRecords } from './audit-records.js';
import { AuditRecordPageDto } from './dto/audit-record.dto.js';

const listQuery = new ListQueryPipe(auditRecordList);

@ApiTags('audit')
@AccessibleBy('service')
@Controller('v1/admin/audit-log')
export class AdminAuditLogController {
  constructor(private readonly records: AuditRecords) {}

  @Operation({
    summary: 'List what was done with keys, users and secrets',
    description:
      'Newest first, with the key that did it. Entries hold ids, no content, and outlive users.',
  })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: AuditRecordPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.records.list(query));
  }
}
