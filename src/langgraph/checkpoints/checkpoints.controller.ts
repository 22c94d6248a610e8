import { Body, Controller, Delete, HttpCode, Post, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy, NeedsScope } from '../../platform/context/index.js';
import { BodyLimit } from '../../platform/door/index.js';
import { Operation } from '../../platform/http/index.js';
import {
  BodyValidationPipe,
  integer,
  QueryShape,
  text,
  type ValuesOf,
  withDescription,
} from '../../platform/input/index.js';
import { CHECKPOINT_LIMITS } from './checkpoint-limits.js';
import { CheckpointErrors } from './checkpoints.errors.js';
import { CheckpointsService } from './checkpoints.service.js';
import {
  CheckpointPageDto,
  PutCheckpointDto,
  PutWritesDto,
  SearchCheckpointsDto,
} from './dto/checkpoint.dto.js';

const removeQuery = new QueryShape(
  {
    threadId: withDescription(
      text(CHECKPOINT_LIMITS.threadIdLength, true),
      "The application's name of the thread.",
      'trip-to-oslo',
    ),
    keep: withDescription(
      integer(0, CHECKPOINT_LIMITS.keep, 0),
      'How many of the newest checkpoints stay.',
    ),
  },
  ['threadId'],
);

/** Where the runs of agents are, as the checkpointers of LangGraph keep it. */
@ApiTags('checkpoints')
@AccessibleBy('user')
@Controller('v1/checkpoints')
export class CheckpointsController {
  constructor(private readonly checkpoints: CheckpointsService) {}

  @Operation({
    summary: 'Store a checkpoint',
    description:
      'In place of an earlier one with its id. A value is sent once: later checkpoints name its version in `channels`. What channels hold is at most 8 MiB together.',
    errors: [
      CheckpointErrors.valuesMissing,
      CheckpointErrors.valueChanged,
      CheckpointErrors.tooLarge,
      CheckpointErrors.ownerNotFound,
    ],
  })
  @BodyLimit('large')
  @Put()
  @HttpCode(204)
  @ApiNoContentResponse()
  put(@Body(BodyValidationPipe) body: PutCheckpointDto): Promise<void> {
    return this.checkpoints.put(body);
  }

  @Operation({
    summary: 'Store what a task has written',
    description:
      'After a checkpoint, and before the next one. What is there already stays, so a repetition does nothing; writes at a place below 0 are replaced. At most 8 MiB for one checkpoint.',
    errors: [CheckpointErrors.tooLarge, CheckpointErrors.ownerNotFound],
  })
  @BodyLimit('large')
  @Put('writes')
  @HttpCode(204)
  @ApiNoContentResponse()
  putWrites(@Body(BodyValidationPipe) body: PutWritesDto): Promise<void> {
    return this.checkpoints.putWrites(body);
  }

  @Operation({
    summary: 'Search checkpoints',
    description:
      'Newest first, with what their channels hold, and what was written after them. One of a thread and a namespace with `limit` 1 is the newest.',
  })
  @NeedsScope('read')
  @Post('search')
  @HttpCode(200)
  @ApiOkResponse({ type: CheckpointPageDto })
  search(@Body(BodyValidationPipe) body: SearchCheckpointsDto): Promise<CheckpointPageDto> {
    return this.checkpoints.search(body);
  }

  @Operation({
    summary: 'Delete the checkpoints of a thread',
    description: 'All of them, or all but the newest. A thread without any is no error.',
  })
  @Delete()
  @HttpCode(204)
  @removeQuery.document()
  @ApiNoContentResponse()
  remove(@Query(removeQuery) { threadId, keep }: ValuesOf<typeof removeQuery>): Promise<void> {
    return this.checkpoints.prune(threadId, keep);
  }
}
