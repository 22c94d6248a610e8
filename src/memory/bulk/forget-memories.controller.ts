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
import { MemoryErrors } from '../memories.errors.js';
import { ForgetMemoriesDto, ListedMemoryFilterDto } from '../dto/bulk-forget.dto.js';
import { MemoryWriter } from '../writes/memory-writer.js';
import { ForgetMemories } from './forget-memories.job.js';

@ApiTags('memories')
@AccessibleBy('user')
@ApiExtraModels(ListedMemoryFilterDto)
@Controller('v1/memories')
export class ForgetMemoriesController {
  constructor(
    private readonly deletion: ForgetMemories,
    private readonly writer: MemoryWriter,
  ) {}

  @Operation({
    summary: 'Forget the memories that a filter keeps',
    description:
      'A job erases those that exist now; its progress counts them. `dryRun` tells how many there are.',
    errors: [
      MemoryErrors.refused,
      MemoryErrors.sealed,
      BulkDeletionErrors.noCondition,
      RequestErrors.tooCostly,
    ],
  })
  @IdempotentPost('bulk-forget')
  @HttpCode(202)
  @ApiAcceptedResponse({ type: DeletionJobDto })
  @ApiOkResponse({ type: DeletionPreviewDto, description: 'A dry run: nothing is forgotten.' })
  async forget(
    @Body(BodyValidationPipe) { purge, reason = null, ...asked }: ForgetMemoriesDto,
  ): Promise<Answer<DeletionPreviewDto> | DeletionJobDto> {
    if (asked.dryRun !== true) await this.writer.guard('', { reason });
    return this.deletion.request(asked, { purge: purge ?? false, reason });
  }
}
