import { Body, Controller, HttpCode } from '@nestjs/common';
import { ApiAcceptedResponse, ApiExtraModels, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  BulkDeletionErrors,
  DeletionJobDto,
  DeletionPreviewDto,
} from '../../platform/bulk-deletion/index.js';
import { AccessibleBy } from '../../platform/context/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import { type Answer, Operation } from '../../platform/http/index.js';
import { IdempotentPost } from '../../platform/idempotency/index.js';
import { BodyValidationPipe } from '../../platform/input/index.js';
import { MessageErrors } from '../conversations.errors.js';
import { ConversationFilterDto, DeleteConversationsDto } from '../dto/bulk-deletion.dto.js';
import { DeleteConversations } from './delete-conversations.job.js';

@ApiTags('conversations')
@AccessibleBy('user')
@ApiExtraModels(ConversationFilterDto)
@Controller('v1/conversations')
export class DeleteConversationsController {
  constructor(private readonly deletion: DeleteConversations) {}

  @Operation({
    summary: 'Delete the conversations that a filter keeps',
    description:
      'A job deletes those that exist now; its progress counts them. `dryRun` tells how many there are.',
    errors: [BulkDeletionErrors.noCondition, MessageErrors.sealed, RequestErrors.tooCostly],
  })
  @IdempotentPost('bulk-delete')
  @HttpCode(202)
  @ApiAcceptedResponse({ type: DeletionJobDto })
  @ApiOkResponse({ type: DeletionPreviewDto, description: 'A dry run: nothing is deleted.' })
  delete(
    @Body(BodyValidationPipe) { purge, derived, ...asked }: DeleteConversationsDto,
  ): Promise<Answer<DeletionPreviewDto> | DeletionJobDto> {
    return this.deletion.request(asked, { purge: purge ?? false, derived: derived ?? 'keep' });
  }
}
