import { Body, Controller, Get, HttpCode, Param } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ContextErrors } from './context.errors.js';
import { ConversationErrors, ConversationId } from '../conversations/index.js';
import { AccessibleBy } from '../platform/context/index.js';
import { AnsweredFrom, IdempotentPost } from '../platform/idempotency/index.js';
import { jsonText, Operation } from '../platform/http/index.js';
import { IdParameter, isPlainObject, validateBody } from '../platform/input/index.js';
import { ContextReference } from './manifests/context-reference.js';
import { ContextService } from './context.service.js';
import { contextBody, ContextDto, RepeatContextDto } from './dto/context.dto.js';

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
  @ApiBody(contextBody)
  @ApiOkResponse({ type: ContextDto })
  async build(@Param('id', ConversationId) id: string, @Body() body: unknown) {
    const again = isPlainObject(body) && 'manifestId' in body;
    const text = again
      ? this.contexts.repeat(id, validateBody(RepeatContextDto, body).manifestId)
      : this.contexts.build(id, body);
    return jsonText(await text);
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
