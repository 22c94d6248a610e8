import { Body, Controller, Delete, HttpCode, Param, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../../../platform/context/index.js';
import { RequestErrors } from '../../../platform/errors/index.js';
import { Operation } from '../../../platform/http/index.js';
import { BodyValidationPipe } from '../../../platform/input/index.js';
import { ConversationErrors, MessageErrors } from '../../conversations.errors.js';
import { FeedbackDto, GiveFeedbackDto } from '../../dto/feedback.dto.js';
import { ConversationId } from '../../keys/conversation-id.js';
import {
  MessageIds,
  type MessageReference,
  MessageReferenceParameter,
} from '../marked/message-ids.js';
import { FeedbackService } from './feedback.service.js';

@ApiTags('messages')
@AccessibleBy('user')
@Controller('v1/conversations/:id/messages/:messageId/feedback')
export class FeedbackController {
  constructor(
    private readonly feedback: FeedbackService,
    private readonly ids: MessageIds,
  ) {}

  @Operation({
    summary: 'Give feedback on a message',
    description:
      'A message has one: it takes the place of the one before, and the same again changes nothing. Models do not get it.',
    errors: [
      ConversationErrors.notFound,
      MessageErrors.notFound,
      MessageErrors.removed,
      RequestErrors.refused,
    ],
  })
  @Put()
  @ApiParam({ name: 'messageId', type: String })
  @ApiOkResponse({ type: FeedbackDto })
  async give(
    @Param('id', ConversationId) id: string,
    @Param('messageId', MessageReferenceParameter) message: MessageReference,
    @Body(BodyValidationPipe) body: GiveFeedbackDto,
  ): Promise<FeedbackDto> {
    return this.feedback.give(id, await this.ids.inPath(id, message), body);
  }

  @Operation({
    summary: 'Take back the feedback on a message',
    description: 'Nothing keeps it. Without feedback it changes nothing.',
    errors: [ConversationErrors.notFound, MessageErrors.notFound],
  })
  @Delete()
  @ApiParam({ name: 'messageId', type: String })
  @HttpCode(204)
  @ApiNoContentResponse()
  async takeBack(
    @Param('id', ConversationId) id: string,
    @Param('messageId', MessageReferenceParameter) message: MessageReference,
  ): Promise<void> {
    await this.feedback.takeBack(id, await this.ids.inPath(id, message));
  }
}
