import { Body, Controller, Get, HttpCode, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../platform/context/index.js';
import {
  AnsweredFrom,
  ApiProblems,
  jsonText,
  IdempotentPost,
  IdParameter,
  isPlainObject,
  validateBody,
} from '../platform/http/index.js';
import { ContextReference } from './context-reference.js';
import { ContextService } from './context.service.js';
import { contextBody, ContextDto, RepeatContextDto } from './dto/context.dto.js';

@ApiTags('context')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('user')
@Controller('v1/conversations/:id/context')
export class ContextController {
  constructor(private readonly contexts: ContextService) {}

  /** The messages for the next model call, within a budget of tokens; or, by its manifest, a context that was given out before. */
  @IdempotentPost()
  @AnsweredFrom(ContextReference)
  @HttpCode(200)
  @ApiBody(contextBody)
  @ApiOkResponse({ type: ContextDto })
  async build(@Param('id', IdParameter) id: string, @Body() body: unknown) {
    const again = isPlainObject(body) && 'manifestId' in body;
    const text = again
      ? this.contexts.repeat(id, validateBody(RepeatContextDto, body).manifestId)
      : this.contexts.build(id, body);
    return jsonText(await text);
  }

  /** A context that was given out before: the same bytes, or a 410 that names what has been erased since. */
  @Get(':manifestId')
  @ApiOkResponse({ type: ContextDto })
  async repeat(
    @Param('id', IdParameter) id: string,
    @Param('manifestId', IdParameter) manifestId: string,
  ) {
    return jsonText(await this.contexts.repeat(id, manifestId));
  }
}
