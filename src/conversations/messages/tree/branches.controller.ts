import { Body, Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../../../platform/context/index.js';
import { Operation, withEtag } from '../../../platform/http/index.js';
import { IdempotentPut } from '../../../platform/idempotency/index.js';
import { BodyValidationPipe } from '../../../platform/input/index.js';
import { ConversationId } from '../../keys/conversation-id.js';
import { ConversationErrors, MessageErrors } from '../../conversations.errors.js';
import { ConversationsService } from '../../conversations.service.js';
import { MoveHeadDto } from '../../dto/branches.dto.js';
import { ConversationDto, toConversationDto } from '../../dto/conversation.dto.js';
import { MessageListDto } from '../../dto/message.dto.js';
import {
  MessageIds,
  type MessageReference,
  MessageReferenceParameter,
} from '../marked/message-ids.js';
import { BranchesService, MAX_SIBLINGS } from './branches.service.js';

@ApiTags('messages')
@AccessibleBy('user')
@Controller('v1/conversations/:id')
export class BranchesController {
  constructor(
    private readonly branches: BranchesService,
    private readonly conversations: ConversationsService,
    private readonly ids: MessageIds,
  ) {}

  @Operation({
    summary: 'Choose the message that a conversation ends with',
    description:
      'Takes back the last message, goes to another branch, or shows nothing (`null`). No message is lost. The next append follows this message.',
    errors: [
      ConversationErrors.notFound,
      ConversationErrors.unknownMessage,
      ConversationErrors.headMoved,
    ],
    headers: ['ETag'],
  })
  @IdempotentPut('head')
  @ApiOkResponse({ type: ConversationDto })
  async moveHead(
    @Param('id', ConversationId) id: string,
    @Body(BodyValidationPipe) { messageId, toNewest, expectedHead }: MoveHeadDto,
  ) {
    const conversation = await this.branches.moveHead(id, {
      messageId,
      toNewest: toNewest ?? false,
      expectedHead: expectedHead ?? null,
    });
    return withEtag(toConversationDto(conversation), this.conversations.etag(conversation));
  }

  @Operation({
    summary: 'List the alternatives of a message',
    description: `The messages that follow the same message as this one, oldest first: the newest ${MAX_SIBLINGS} of them, or fewer when they are large. To show one, move the head to it with \`toNewest\`.`,
    errors: [
      ConversationErrors.notFound,
      ConversationErrors.messageNotFound,
      MessageErrors.notFound,
    ],
  })
  @Get('messages/:messageId/siblings')
  @ApiParam({ name: 'messageId', type: String })
  @ApiOkResponse({ type: MessageListDto })
  async siblings(
    @Param('id', ConversationId) id: string,
    @Param('messageId', MessageReferenceParameter) message: MessageReference,
  ): Promise<MessageListDto> {
    return this.branches.siblings(id, await this.ids.inPath(id, message));
  }
}
