import { Body, Controller } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import { AccessibleBy, DatabaseLimits, NeedsScope } from '../../platform/context/index.js';
import { DatabaseClock } from '../../platform/database/index.js';
import { BodyLimit } from '../../platform/door/index.js';
import { Answer, ApiProblems, IdempotentPost } from '../../platform/http/index.js';
import { ImportConversationDto, ImportResultDto } from '../dto/import.dto.js';
import { parseImport } from './import-input.js';
import { ImportService } from './import.service.js';

@ApiTags('conversations')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('user')
@Controller('v1/conversations/import')
export class ImportController {
  constructor(
    private readonly imports: ImportService,
    private readonly clock: DatabaseClock,
  ) {}

  /** One whole conversation from elsewhere with its messages and their times, all or nothing. Sent again, it is found by its key. */
  @BodyLimit('large')
  @IdempotentPost()
  @NeedsScope('import')
  @DatabaseLimits({ statement: 60 })
  @ApiBody({ type: ImportConversationDto })
  @ApiCreatedResponse({ type: ImportResultDto, description: 'New' })
  @ApiOkResponse({ type: ImportResultDto, description: 'Already there, and unchanged' })
  async import(@Body() body: unknown): Promise<Answer<ImportResultDto>> {
    const result = await this.imports.import(parseImport(body, await this.clock.now()));
    const location = `/v1/conversations/${result.conversation.id}`;
    return new Answer(result, { status: result.imported ? 201 : 200, headers: { location } });
  }
}
