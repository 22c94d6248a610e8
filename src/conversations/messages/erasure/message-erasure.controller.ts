import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiParam,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { AccessibleBy } from '../../../platform/context/index.js';
import { BodyLimit, KeepsAsSent } from '../../../platform/door/index.js';
import { RequestErrors } from '../../../platform/errors/index.js';
import { Answer, Operation } from '../../../platform/http/index.js';
import { IdempotentPost } from '../../../platform/idempotency/index.js';
import {
  oneOf,
  QueryShape,
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
  RedactPartsDto,
  RemovedMessageDto,
} from '../../dto/message-erasure.dto.js';
import { MessageDto } from '../../dto/message.dto.js';
import {
  MessageIds,
  type MessageReference,
  MessageReferenceParameter,
} from '../marked/message-ids.js';
import { MessageErasureService } from './message-erasure.service.js';
import { parseRedaction } from './redaction-input.js';

const removeQuery = new QueryShape({
  derived: withDescription(
    oneOf(DERIVED_CHOICES, undefined),
    'What becomes of memories and summaries that were made from the message. `list` (default) keeps them and lists them in the answer, `keep` keeps them and answers 204, `forget` deletes them, too. Summaries that stay are marked as stale.',
  ),
  reason: withDescription(text(MAX_REASON_LENGTH, false), 'Why, for those who read it later.'),
});

/** Body of a redaction: of the whole message, or of some parts. */
const redactionBody = {
  schema: {
    anyOf: [{ $ref: getSchemaPath(RedactMessageDto) }, { $ref: getSchemaPath(RedactPartsDto) }],
  },
};

@ApiTags('messages')
@ApiExtraModels(RedactMessageDto, RedactPartsDto)
@AccessibleBy('user')
@Controller('v1/conversations/:id/messages/:messageId')
export class MessageErasureController {
  constructor(
    private readonly erasure: MessageErasureService,
    private readonly ids: MessageIds,
  ) {}

  @Operation({
    summary: 'Read a message',
    description:
      'Of a removed message only its place is left: `erased` tells when, by whom and why.',
    errors: [ConversationErrors.notFound, MessageErrors.notFound],
  })
  @Get()
  @ApiParam({ name: 'messageId', type: String })
  @ApiOkResponse({ type: MessageDto })
  async get(
    @Param('id', ConversationId) id: string,
    @Param('messageId', MessageReferenceParameter) message: MessageReference,
  ) {
    return this.erasure.get(id, await this.ids.inPath(id, message));
  }

  @Operation({
    summary: 'Remove a message',
    description:
      'Empties it for good, with its copies in forks of the conversation: content, metadata, indexes and remembered answers. Its place stays, and the numbers of the others. Contexts that had it answer 410. Doing it again changes nothing.',
    errors: [ConversationErrors.notFound, MessageErrors.notFound, RequestErrors.refused],
  })
  @Delete()
  @ApiParam({ name: 'messageId', type: String })
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
    @Param('messageId', MessageReferenceParameter) message: MessageReference,
    @Query(removeQuery) { derived, reason }: ValuesOf<typeof removeQuery>,
  ): Promise<Answer<RemovedMessageDto | ForgettingDto> | undefined> {
    const choice = { derived: derived ?? 'list', reason: reason ?? null };
    const left = await this.erasure.remove(id, await this.ids.inPath(id, message), choice);
    return left && new Answer(left, { status: 'jobId' in left ? 202 : 200 });
  }

  @Operation({
    summary: 'Replace what a message says',
    description:
      'Erases its content as a removal does, with its copies in forks, and puts another in its place: `content` in place of all, or `parts` for some of its parts, while the others stay. A removed message stays removed.',
    errors: [
      ConversationErrors.notFound,
      MessageErrors.notFound,
      MessageErrors.removed,
      MessageErrors.versionMismatch,
      MessageErrors.unknownPart,
      RequestErrors.refused,
    ],
  })
  @BodyLimit('large')
  @KeepsAsSent()
  @IdempotentPost('redact')
  @ApiParam({ name: 'messageId', type: String })
  @HttpCode(200)
  @ApiBody(redactionBody)
  @ApiOkResponse({ type: MessageDto })
  async redact(
    @Param('id', ConversationId) id: string,
    @Param('messageId', MessageReferenceParameter) message: MessageReference,
    @Body() values: unknown,
  ) {
    const redaction = parseRedaction(values);
    const messageId = await this.ids.inPath(id, message);
    return 'parts' in redaction
      ? this.erasure.redactParts(id, messageId, redaction)
      : this.erasure.redact(id, messageId, redaction);
  }
}
