import { Body, Controller } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RequestErrors } from '../../platform/errors/index.js';
import { AccessibleBy, DatabaseLimits, NeedsScope } from '../../platform/context/index.js';
import { DatabaseClock } from '../../platform/database/index.js';
import { BodyLimit, KeepsAsSent } from '../../platform/door/index.js';
import { Answer, Operation } from '../../platform/http/index.js';
import { IdempotentPost } from '../../platform/idempotency/index.js';
import { ConversationErrors, MessageErrors } from '../conversations.errors.js';
import { ImportConversationDto, ImportResultDto } from '../dto/import.dto.js';
import { parseImport } from './import-input.js';
import { ImportService } from './import.service.js';

@ApiTags('conversations')
@AccessibleBy('user')
@Controller('v1/conversations/import')
export class ImportController {
  constructor(
    private readonly imports: ImportService,
    private readonly clock: DatabaseClock,
  ) {}

  @Operation({
    summary: 'Import a conversation',
    description:
      'Stores one whole conversation with its messages and their original times: all, or nothing. Sending the same `importKey` again answers 200, and adds the messages that follow the last one; nothing is added when an earlier one differs. Of a source with branches (`headSeq`), what is not there yet is added. What was deleted here stays deleted, unless it is imported `again`. Needs the scope `import`.',
    errors: [
      RequestErrors.refused,
      ConversationErrors.headMoved,
      ConversationErrors.unknownMessage,
      ConversationErrors.deletedImport,
      MessageErrors.keyTaken,
    ],
    headers: ['Location'],
  })
  @BodyLimit('large')
  @KeepsAsSent()
  @IdempotentPost()
  @NeedsScope('import')
  @DatabaseLimits({ statement: 60 })
  @ApiBody({ type: ImportConversationDto })
  @ApiCreatedResponse({ type: ImportResultDto, description: 'New' })
  @ApiOkResponse({ type: ImportResultDto, description: 'Already there; `added` says what is new' })
  async import(@Body() body: unknown): Promise<Answer<ImportResultDto>> {
    const result = await this.imports.import(parseImport(body, await this.clock.now()));
    const location = `/v1/conversations/${result.conversation.id}`;
    return new Answer(result, { status: result.imported ? 201 : 200, headers: { location } });
  }
}
