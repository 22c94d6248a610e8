import { Body, Controller, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { ContextErrors } from './context.errors.js';
import {
  ConversationErrors,
  ConversationId,
  type ConversationReference,
  ConversationReferenceParameter,
  CREATE_IF_MISSING,
} from '../conversations/index.js';
import { AccessibleBy } from '../platform/context/index.js';
import { AnsweredFrom, IdempotentPost } from '../platform/idempotency/index.js';
import { jsonText, Operation } from '../platform/http/index.js';
import {
  IdParameter,
  QueryShape,
  type ValuesOf,
  withDescription,
} from '../platform/input/index.js';
import { ContextReference } from './manifests/context-reference.js';
import { ContextService } from './context.service.js';
import { contextBody, ContextDto } from './dto/context.dto.js';

const buildQuery = new QueryShape({
  createIfMissing: withDescription(
    CREATE_IF_MISSING,
    'Creates the conversation with this id or key if there is none, without messages.',
  ),
});

@ApiTags('context')
@AccessibleBy('user')
@Controller('v1/conversations/:id/context')
export class ContextController {
  constructor(private readonly contexts: ContextService) {}

  @Operation({
    summary: 'Build the context for the next model call',
    description:
      'Answers messages that can be sent to the provider as they are, within a token budget. With a `manifestId`, it answers an earlier context again.',
    errors: [
      ConversationErrors.notFound,
      ContextErrors.budgetTooSmall,
      ContextErrors.manifestNotFound,
      ContextErrors.erased,
      ContextErrors.outdated,
      ContextErrors.notReproducible,
    ],
  })
  @IdempotentPost()
  @AnsweredFrom(ContextReference)
  @HttpCode(200)
  @ApiParam({ name: 'id', type: String })
  @buildQuery.document()
  @ApiBody(contextBody)
  @ApiOkResponse({ type: ContextDto })
  async build(
    @Param('id', ConversationReferenceParameter) id: ConversationReference,
    @Body() body: unknown,
    @Query(buildQuery) { createIfMissing }: ValuesOf<typeof buildQuery>,
  ) {
    return jsonText(await this.contexts.ofNamed(id, body, createIfMissing));
  }

  @Operation({
    summary: 'Read a context that was built before',
    description:
      'Answers the same bytes again; or 410 when a part of it has been erased since, with the names of the parts.',
    errors: [
      ConversationErrors.notFound,
      ContextErrors.manifestNotFound,
      ContextErrors.erased,
      ContextErrors.outdated,
      ContextErrors.notReproducible,
    ],
  })
  @Get(':manifestId')
  @ApiOkResponse({ type: ContextDto })
  async repeat(
    @Param('id', ConversationId) id: string,
    @Param('manifestId', IdParameter) manifestId: string,
  ) {
    return jsonText(await this.contexts.repeat(id, manifestId));
  }
}
