import { Body, Controller, Param, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../../../platform/context/index.js';
import { BodyLimit, KeepsAsSent } from '../../../platform/door/index.js';
import { type FieldError, RequestErrors } from '../../../platform/errors/index.js';
import { Operation } from '../../../platform/http/index.js';
import { BodyValidationPipe } from '../../../platform/input/index.js';
import { ConversationErrors, MessageErrors } from '../../conversations.errors.js';
import { GrowMessageDto, WrittenMessageDto } from '../../dto/unfinished.dto.js';
import { ConversationId } from '../../keys/conversation-id.js';
import {
  MessageIds,
  type MessageReference,
  MessageReferenceParameter,
} from '../marked/message-ids.js';
import { MESSAGE_LIMITS } from '../message-content.js';
import { refuseFaults, unstorableFaults } from '../storable-messages.js';
import { joinPieces, toPiece } from './pieces.js';
import type { MessageChange } from './message-change.js';
import { UnfinishedMessages } from './unfinished-messages.service.js';

@ApiTags('messages')
@AccessibleBy('user')
@Controller('v1/conversations/:id/messages/:messageId')
export class UnfinishedMessagesController {
  constructor(
    private readonly unfinished: UnfinishedMessages,
    private readonly ids: MessageIds,
  ) {}

  @Operation({
    summary: 'Write a message in progress',
    description:
      'Adds to it, replaces what it says, or finishes it with a `status`. Each write names the version before it and renews the lease; the same write again changes nothing. A finished message never changes.',
    errors: [
      ConversationErrors.notFound,
      MessageErrors.notFound,
      MessageErrors.finished,
      MessageErrors.versionMismatch,
      RequestErrors.refused,
    ],
  })
  @Patch()
  @ApiParam({ name: 'messageId', type: String })
  @BodyLimit('large')
  @KeepsAsSent()
  @ApiOkResponse({ type: WrittenMessageDto })
  async write(
    @Param('id', ConversationId) id: string,
    @Param('messageId', MessageReferenceParameter) message: MessageReference,
    @Body(BodyValidationPipe) body: GrowMessageDto,
  ): Promise<WrittenMessageDto> {
    refuseFaults(faultsOf(body));
    return this.unfinished.write(id, await this.ids.inPath(id, message), toChange(body));
  }
}

function faultsOf(body: GrowMessageDto): FieldError[] {
  const { append, content, metadata } = body;
  return [
    ...unstorableFaults([{ content: content ?? '', metadata: metadata ?? {} }], [body], null),
    ...unstorableFaults([{ content: append ?? '' }], [body], null).map((fault) => ({
      ...fault,
      pointer: '/append',
    })),
  ];
}

const toChange = (body: GrowMessageDto): MessageChange => ({
  expectedVersion: body.expectedVersion,
  ...saidIn(body),
  metadata: body.metadata ?? undefined,
  status: body.status ?? 'in_progress',
  leaseSeconds: body.leaseSeconds ?? MESSAGE_LIMITS.defaultLeaseSeconds,
});

/** With both, the content takes the place of all, and the rest goes behind it. */
function saidIn({ content, append }: GrowMessageDto): Pick<MessageChange, 'content' | 'added'> {
  if (content == null || append == null) return { content: content ?? null, added: append ?? null };
  return { content: joinPieces([toPiece(content), toPiece(append)]), added: null };
}
