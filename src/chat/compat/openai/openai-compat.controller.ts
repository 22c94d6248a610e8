import { Body, Controller, Headers, HttpCode, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiOkResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { AgentConfigErrors } from '../../../agent-config/index.js';
import { ConversationErrors } from '../../../conversations/index.js';
import { AccessibleBy, UserInBody } from '../../../platform/context/index.js';
import { BodyLimit, KeepsAsSent } from '../../../platform/door/index.js';
import { AddsToProblems, RequestErrors } from '../../../platform/errors/index.js';
import { EVENT_STREAM, Operation } from '../../../platform/http/index.js';
import { AnsweredFrom, IdempotentPost } from '../../../platform/idempotency/index.js';
import { isPlainObject } from '../../../platform/input/index.js';
import { TurnErrors } from '../../turns/turns.errors.js';
import { CompletionAnswer } from './completion-answer.js';
import { CompletionInterceptor } from './completion.interceptor.js';
import { CompletionErrors } from './completions.errors.js';
import { CompletionsService, type PendingCompletion } from './completions.service.js';
import { CompletionDto } from './dto/completion.dto.js';
import { CreateCompletionDto } from './dto/create-completion.dto.js';
import { FOR_OPENAI_CLIENTS } from './openai-error.js';

const USER_IN_METADATA = {
  pointer: '/metadata/user',
  read: (body: unknown): unknown => {
    const metadata = isPlainObject(body) ? body['metadata'] : undefined;
    return (isPlainObject(metadata) ? metadata['user'] : undefined) ?? undefined;
  },
};

/** Chat completions as clients of OpenAI ask for them. */
@ApiTags('turns')
@AccessibleBy('user')
@AddsToProblems(FOR_OPENAI_CLIENTS)
@Controller('compat/openai/v1')
export class OpenAiCompatController {
  constructor(private readonly completions: CompletionsService) {}

  @Operation({
    summary: 'Let a model answer, for clients of OpenAI',
    description:
      "Stores what is new of the history in a conversation, calls the model with the conversation's context, and answers with a completion or its chunks. The turn goes on when the client goes away. Problems have a member `error`, as those clients read it.",
    errors: [
      ConversationErrors.notFound,
      ConversationErrors.unknownMessage,
      ConversationErrors.headMoved,
      RequestErrors.refused,
      TurnErrors.busy,
      TurnErrors.notWaiting,
      TurnErrors.noModel,
      TurnErrors.notConfigured,
      ConversationErrors.agentConfigNotFound,
      AgentConfigErrors.ambiguous,
      ...Object.values(CompletionErrors),
    ],
  })
  @BodyLimit('large')
  @KeepsAsSent()
  @UserInBody(USER_IN_METADATA)
  @IdempotentPost('chat/completions')
  @AnsweredFrom(CompletionAnswer)
  @UseInterceptors(CompletionInterceptor)
  @HttpCode(200)
  @ApiBody({ type: CreateCompletionDto })
  @ApiExtraModels(CompletionDto)
  @ApiOkResponse({
    description: 'The completion, or its chunks.',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(CompletionDto) } },
      [EVENT_STREAM]: { schema: { type: 'string' } },
    },
  })
  complete(
    @Body() body: unknown,
    @Headers('cache-control') cacheControl: unknown,
  ): Promise<PendingCompletion> {
    return this.completions.begin(body, cacheControl);
  }
}
