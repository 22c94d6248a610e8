import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../../../platform/context/index.js';
import { BodyLimit, KeepsAsSent } from '../../../platform/door/index.js';
import { RequestErrors } from '../../../platform/errors/index.js';
import { Answer, Operation } from '../../../platform/http/index.js';
import { IdempotentPost } from '../../../platform/idempotency/index.js';
import {
  BodyValidationPipe,
  emptyAsNull,
  IdParameter,
  oneOf,
  QueryShape,
  storableFaults,
  text,
  type ValuesOf,
  withDescription,
} from '../../../platform/input/index.js';
import { ConversationId } from '../../keys/conversation-id.js';
import { ConversationErrors, MessageErrors } from '../../conversations.errors.js';
import { DERIVED_CHOICES, ForgettingDto } from '../../dto/derived.dto.js';
import {
  MAX_REASON_LENGTH,
  RedactMessageDto,
  RemovedMessageDto,
} from '../../dto/message-erasure.dto.js';
import { MessageDto } from '../../dto/message.dto.js';
import { refuseFaults, unstorableFaults } from '../storable-messages.js';
import { MessageErasureService } from './message-erasure.service.js';

const removeQuery = new QueryShape({
  derived: withDescription(
    oneOf(DERIVED_CHOICES, undefined),
    'What becomes of memories and summaries that were made from the message. `list` (default) keeps them and lists them in the answer, `keep` keeps them and answers 204, `forget` deletes them, too. Summaries that stay are marked as stale.',
  ),
  reason: withDescription(text(MAX_REASON_LENGTH, false), 'Why, for those who read it later.'),
});

@ApiTags('messages')
@AccessibleBy('user')
@Controller('v1/conversations/:id/messages/:messageId')
export class MessageErasureController {
  constructor(private readonly erasure: MessageErasureService) {}

  @Operation({
    summary: 'Read a message',
    description:
      'Of a removed message only its place is left: `erased` tells when, by whom and why.',
    errors: [ConversationErrors.notFound, MessageErrors.notFound],
  })
  @Get()
  @ApiOkResponse({ type: MessageDto })
  get(@Param('id', ConversationId) id: string, @Param('messageId', IdParameter) messageId: string) {
    return this.erasure.get(id, messageId);
  }

  @Operation({
    summary: 'Remove a message',
    description:
      'Empties it for good, with its copies in forks of the conversation: content, metadata, indexes and remembered answers. Its place stays, and the numbers of the others. Contexts that had it answer 410. Doing it again changes nothing.',
    errors: [ConversationErrors.notFound, MessageErrors.notFound, RequestErrors.refused],
  })
  @Delete()
  @HttpCode(204)
  @removeQuery.document()
  @ApiNoContentResponse()
  @ApiOkResponse({
    type: RemovedMessageDto,
    description: 'Removed; what was made from it is left.',
  })
  @ApiAcceptedResponse({
    type: ForgettingDto,
    description: 'Removed; so much was made from it that a job forgets the rest.',
  })
  async remove(
    @Param('id', ConversationId) id: string,
    @Param('messageId', IdParameter) messageId: string,
    @Query(removeQuery) { derived, reason }: ValuesOf<typeof removeQuery>,
  ): Promise<Answer<RemovedMessageDto | ForgettingDto> | undefined> {
    const choice = { derived: derived ?? 'list', reason: reason ?? null };
    const left = await this.erasure.remove(id, messageId, choice);
    return left && new Answer(left, { status: 'jobId' in left ? 202 : 200 });
  }

  @Operation({
    summary: 'Replace what a message says',
    description:
      'Erases its content as a removal does, with its copies in forks, and puts another in its place. A removed message stays removed.',
    errors: [
      ConversationErrors.notFound,
      MessageErrors.notFound,
      MessageErrors.removed,
      RequestErrors.refused,
    ],
  })
  @BodyLimit('large')
  @KeepsAsSent()
  @IdempotentPost('redact')
  @HttpCode(200)
  @ApiOkResponse({ type: MessageDto })
  redact(
    @Param('id', ConversationId) id: string,
    @Param('messageId', IdParameter) messageId: string,
    @Body(BodyValidationPipe) values: RedactMessageDto,
  ) {
    const { content, metadata, reason, derived } = values;
    refuseFaults([
      ...unstorableFaults([values], [values], null),
      ...storableFaults(reason, '/reason'),
    ]);
    return this.erasure.redact(id, messageId, {
      content,
      metadata: metadata === undefined ? undefined : emptyAsNull(metadata),
      reason: reason ?? null,
      derived: derived ?? 'keep',
    });
  }
}
