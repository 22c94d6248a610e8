import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../../platform/context/index.js';
import { JSON_LINES, jsonLines, Operation } from '../../platform/http/index.js';
import { ConversationErrors } from '../conversations.errors.js';
import { ConversationId } from '../keys/conversation-id.js';
import { ExportService } from './export.service.js';

@ApiTags('conversations')
@AccessibleBy('user')
@Controller('v1/conversations')
export class ExportController {
  constructor(private readonly exports: ExportService) {}

  @Operation({
    summary: 'Export a conversation',
    description:
      'Streams the conversation as JSON lines. Each line is a body of the import, with at most 500 of the messages: sent in their order, they make an equal conversation. A connection that ends early leaves the last line incomplete.',
    errors: [ConversationErrors.notFound],
  })
  @Get(':id/export')
  @ApiOkResponse({
    description: 'JSON lines, each of them a body of the import',
    content: { [JSON_LINES]: { schema: { type: 'string' } } },
  })
  async export(@Param('id', ConversationId) id: string) {
    return jsonLines(this.exports.lines(await this.exports.get(id)));
  }
}
