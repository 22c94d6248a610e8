import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../../platform/context/index.js';
import { JSON_LINES, jsonLines, Operation } from '../../platform/http/index.js';
import { oneOf, QueryShape, type ValuesOf, withDescription } from '../../platform/input/index.js';
import { ConversationErrors } from '../conversations.errors.js';
import { ConversationId } from '../keys/conversation-id.js';
import { DIALECTS } from '../parts/index.js';
import { ExportService } from './export.service.js';

const exportQuery = new QueryShape({
  format: withDescription(
    oneOf(DIALECTS, undefined),
    'Gives the messages that are shown in this dialect, for other tools, in place of bodies of the import: each line has `importKey`, `title`, `messages` and what is `omitted` there.',
  ),
});

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
  @exportQuery.document()
  @ApiOkResponse({
    description: 'JSON lines, each of them a body of the import unless `format` is given',
    content: { [JSON_LINES]: { schema: { type: 'string' } } },
  })
  async export(
    @Param('id', ConversationId) id: string,
    @Query(exportQuery) { format }: ValuesOf<typeof exportQuery>,
  ) {
    const conversation = await this.exports.get(id);
    return jsonLines(
      format === undefined
        ? this.exports.lines(conversation)
        : this.exports.convertedLines(conversation, format),
    );
  }
}
