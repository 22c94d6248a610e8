import { Body, Controller, Param, Put } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../../platform/context/index.js';
import { Operation } from '../../platform/http/index.js';
import { BodyValidationPipe } from '../../platform/input/index.js';
import { ConversationErrors } from '../conversations.errors.js';
import { MarkReadDto, ReadMarkDto } from '../dto/reading.dto.js';
import { ConversationId } from '../keys/conversation-id.js';
import { ReadingService } from './reading.service.js';

@ApiTags('conversations')
@AccessibleBy('user')
@Controller('v1/conversations/:id/read')
export class ReadingController {
  constructor(private readonly reading: ReadingService) {}

  @Operation({
    summary: 'Mark messages as read',
    description:
      'Up to this message, whatever was marked before. A mark never goes back, so a device that is late changes nothing. It is no edit: `version` and `updatedAt` stay. Lists show it with `include=unread`.',
    errors: [ConversationErrors.notFound, ConversationErrors.seqOutOfRange],
  })
  @Put()
  @ApiOkResponse({ type: ReadMarkDto })
  mark(
    @Param('id', ConversationId) id: string,
    @Body(BodyValidationPipe) { upTo }: MarkReadDto,
  ): Promise<ReadMarkDto> {
    return this.reading.mark(id, upTo);
  }
}
