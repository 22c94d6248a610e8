import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy, NeedsScope, SlowRoute } from '../../platform/context/index.js';
import { BodyLimit } from '../../platform/door/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import { Operation } from '../../platform/http/index.js';
import { IdempotentPost } from '../../platform/idempotency/index.js';
import { BodyValidationPipe } from '../../platform/input/index.js';
import {
  ReadStoreDto,
  StoreAnswerDto,
  StoreBatchDto,
  StoreHitDto,
  StoreEntryDto,
} from './dto/store.dto.js';
import { StoreErrors } from './store.errors.js';
import { StoreGuard } from './store-guard.js';
import { StoreService } from './store.service.js';

/** JSON values of agents, as the stores of LangGraph have them. */
@ApiTags('store')
@ApiExtraModels(StoreEntryDto, StoreHitDto)
@AccessibleBy('user')
@Controller('v1/store')
export class StoreController {
  constructor(private readonly store: StoreService) {}

  @Operation({
    summary: 'Read and write items of the store',
    description:
      'All of it or nothing, in one transaction. What is read is as it was before. A prefix is of labels: `users, 1` is no beginning of `users, 10`.',
    errors: [RequestErrors.refused, StoreErrors.ownerNotFound],
  })
  @BodyLimit('large')
  @SlowRoute()
  @IdempotentPost('batch')
  @HttpCode(200)
  @ApiOkResponse({ type: StoreAnswerDto })
  batch(@Body(BodyValidationPipe, StoreGuard) body: StoreBatchDto): Promise<StoreAnswerDto> {
    return this.store.batch(body);
  }

  @Operation({
    summary: 'Read items of the store',
    description: 'As a batch that only reads, for keys without the scope `write`.',
  })
  @NeedsScope('read')
  @Post('read')
  @HttpCode(200)
  @ApiOkResponse({ type: StoreAnswerDto })
  read(@Body(BodyValidationPipe) body: ReadStoreDto): Promise<StoreAnswerDto> {
    return this.store.read(body);
  }
}
