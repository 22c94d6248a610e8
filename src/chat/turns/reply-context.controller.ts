import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { ContextDto, ContextErrors } from '../../context-window/index.js';
import { MessageErrors } from '../../conversations/index.js';
import { AccessibleBy } from '../../platform/context/index.js';
import { jsonText, Operation } from '../../platform/http/index.js';
import { IdParameter } from '../../platform/input/index.js';
import { ReplyContext } from './reply-context.js';

@ApiTags('turns')
@AccessibleBy('user')
@Controller('v1/messages/:id/context')
export class ReplyContextController {
  constructor(private readonly contexts: ReplyContext) {}

  @Operation({
    summary: 'Read the context of a reply',
    description:
      'Answers the context that the model got when it said the message, which is the reply of a turn: the same bytes again, or 410 when a part of it has been erased since.',
    errors: [
      MessageErrors.notFound,
      ContextErrors.manifestNotFound,
      ContextErrors.erased,
      ContextErrors.outdated,
      ContextErrors.notReproducible,
    ],
  })
  @Get()
  @ApiParam({
    name: 'id',
    description: 'Id of the message, which is the reply of a turn.',
    schema: { type: 'string', format: 'uuid' },
  })
  @ApiOkResponse({ type: ContextDto })
  async get(@Param('id', IdParameter) id: string) {
    return jsonText(await this.contexts.of(id));
  }
}
