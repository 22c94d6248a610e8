import { Body, Controller, HttpCode, Param } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../../platform/context/index.js';
import { type Answer, Operation } from '../../platform/http/index.js';
import { IdempotentPost } from '../../platform/idempotency/index.js';
import { BodyValidationPipe } from '../../platform/input/index.js';
import { UserId } from '../user-id.js';
import { UserErrors } from '../users.errors.js';
import {
  MergeDto,
  MergeJobDto,
  MergePreviewDto,
  UndoMergeDto,
  UndoMergePreviewDto,
} from './dto/merge.dto.js';
import { MergingService } from './merging.service.js';
import { UndoingService } from './undo/undoing.service.js';

@ApiTags('users')
@AccessibleBy('service')
@Controller('v1/users')
export class MergingController {
  constructor(
    private readonly merging: MergingService,
    private readonly undoing: UndoingService,
  ) {}

  @Operation({
    summary: 'Merge another user into this one',
    description:
      'A job gives everything that the other user owns to this one, in one transaction: rows, keys and names. The other id is 410 after that. `dryRun` tells what would move.',
    errors: [
      UserErrors.notFound,
      UserErrors.merged,
      UserErrors.notMergeable,
      UserErrors.mergeCollides,
    ],
  })
  @IdempotentPost(':id/merge')
  @HttpCode(202)
  @ApiAcceptedResponse({ type: MergeJobDto })
  @ApiOkResponse({ type: MergePreviewDto, description: 'A dry run: nothing is merged.' })
  merge(
    @Param('id', UserId) id: string,
    @Body(BodyValidationPipe) asked: MergeDto,
  ): Promise<Answer<MergePreviewDto> | MergeJobDto> {
    return this.merging.request(id, asked);
  }

  @Operation({
    summary: 'Undo the last merge of another user into this one',
    description:
      'A job gives back to the other user, under the former id, what moved and is still there, with what was written below it since, in one transaction. Possible for `MERGE_UNDO_DAYS` after the merge. `dryRun` tells what would go back.',
    errors: [UserErrors.notFound, UserErrors.merged, UserErrors.notUndoable],
  })
  @IdempotentPost(':id/merge/undo')
  @HttpCode(202)
  @ApiAcceptedResponse({ type: MergeJobDto })
  @ApiOkResponse({ type: UndoMergePreviewDto, description: 'A dry run: nothing is undone.' })
  undo(
    @Param('id', UserId) id: string,
    @Body(BodyValidationPipe) asked: UndoMergeDto,
  ): Promise<Answer<UndoMergePreviewDto> | MergeJobDto> {
    return this.undoing.request(id, asked);
  }
}
