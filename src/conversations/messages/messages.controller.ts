import { Body, Controller, Get, Param, Query } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiOkResponse,
  ApiParam,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { RequestErrors } from '../../platform/errors/index.js';
import { ConversationId } from '../keys/conversation-id.js';
import {
  type ConversationReference,
  ConversationReferenceParameter,
  CREATE_IF_MISSING,
  messageReference,
} from '../keys/conversation-reference.js';
import { ConversationErrors, MessageErrors } from '../conversations.errors.js';
import { AccessibleBy } from '../../platform/context/index.js';
import { BodyLimit, KeepsAsSent } from '../../platform/door/index.js';
import { Answer, Operation, paged } from '../../platform/http/index.js';
import { ListQueryPipe } from '../../platform/list/index.js';
import { AnsweredFrom, IdempotentPost } from '../../platform/idempotency/index.js';
import {
  boolean,
  withDescription,
  oneOf,
  QueryShape,
  type ValuesOf,
} from '../../platform/input/index.js';
import { ConvertedPageDto } from '../dto/converted.dto.js';
import { MessageListDto, MessagePageDto } from '../dto/message.dto.js';
import { appendBody } from '../dto/new-message.dto.js';
import { MESSAGE_FORMATS } from '../parts/index.js';
import { MessageIds } from './marked/message-ids.js';
import { AppendedAnswer } from './appended-answer.js';
import { MessagePages } from './message-pages.js';
import { messageList } from './message.list.js';
import { parseAppend } from './message-input.js';
import { MessagesService } from './messages.service.js';

const appendQuery = new QueryShape({ createIfMissing: CREATE_IF_MISSING });
const listQuery = new ListQueryPipe(messageList, {
  all: withDescription(
    boolean(),
    'Gives the messages of all branches in the order of their arrival, each with its `parentSeq`.',
    true,
  ),
  head: withDescription(
    messageReference(),
    'Id of a message, or `key:` and its key: gives it and those that it follows, in place of what the conversation shows.',
  ),
  format: withDescription(
    oneOf(MESSAGE_FORMATS, undefined),
    'Gives the messages in this dialect, oldest first within the page: the original where it is of the dialect, else converted. `omitted` names what has no place there. `openai-agents` is `openai-responses` with the items that the Agents SDK has written in its names.',
  ),
});

@ApiTags('messages')
@AccessibleBy('user')
@Controller('v1')
export class MessagesController {
  constructor(
    private readonly messages: MessagesService,
    private readonly pages: MessagePages,
    private readonly ids: MessageIds,
  ) {}

  @Operation({
    summary: 'Append messages to a conversation',
    description:
      'Takes one message, or up to 1,000 in order; all are stored, or none. They follow the message that the conversation ends with, or `parentId`: to answer again, or to edit, append below the parent of what is replaced. Send an `Idempotency-Key`, so that a retry does not append twice.',
    errors: [
      ConversationErrors.notFound,
      ConversationErrors.exists,
      ConversationErrors.unknownMessage,
      ConversationErrors.headMoved,
      MessageErrors.keyTaken,
      MessageErrors.tooManyInProgress,
      RequestErrors.refused,
    ],
  })
  @BodyLimit('large')
  @KeepsAsSent()
  @IdempotentPost('conversations/:id/messages')
  @AnsweredFrom(AppendedAnswer)
  @ApiParam({ name: 'id', type: String })
  @appendQuery.document()
  @ApiBody(appendBody)
  @ApiCreatedResponse({ type: MessageListDto })
  @ApiOkResponse({
    type: MessageListDto,
    description: 'All keys are of messages that are there already.',
  })
  async append(
    @Param('id', ConversationReferenceParameter) id: ConversationReference,
    @Body() body: unknown,
    @Query(appendQuery) { createIfMissing }: ValuesOf<typeof appendQuery>,
  ) {
    const { answer, isNew } = await this.messages.append(id, parseAppend(body), createIfMissing);
    return isNew ? answer : new Answer(answer, { status: 200 });
  }

  @Operation({
    summary: 'List the messages of a conversation',
    description:
      'What the conversation shows: the message that it ends with, and those that it follows. Newest first; with `order=asc` oldest first. The cursor keeps the order.',
    errors: [
      ConversationErrors.notFound,
      ConversationErrors.messageNotFound,
      MessageErrors.notFound,
      MessageErrors.sealed,
      ConversationErrors.headMoved,
    ],
  })
  @Get('conversations/:id/messages')
  @listQuery.document()
  @ApiExtraModels(MessagePageDto, ConvertedPageDto)
  @ApiOkResponse({
    schema: {
      anyOf: [{ $ref: getSchemaPath(MessagePageDto) }, { $ref: getSchemaPath(ConvertedPageDto) }],
    },
  })
  async list(
    @Param('id', ConversationId) id: string,
    @Query(listQuery) { format, all, head, ...query }: ReturnType<typeof listQuery.transform>,
  ) {
    if (all && head !== undefined)
      throw RequestErrors.invalidQuery({
        errors: [{ pointer: '?head', message: 'is not allowed with all=true' }],
      });
    const view = { all, head: head && (await this.ids.inPath(id, head)) };
    return format === undefined
      ? paged(await this.pages.list(id, query, view))
      : paged(await this.pages.listConverted(id, query, view, format));
  }
}
