import { Body, Controller, HttpCode, Req } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AppError, problemDocument, RequestErrors } from '../../platform/errors/index.js';
import { AccessibleBy, DatabaseLimits, NeedsScope } from '../../platform/context/index.js';
import { DatabaseClock } from '../../platform/database/index.js';
import { BodyLimit, KeepsAsSent } from '../../platform/door/index.js';
import { Answer, Operation, type Problem } from '../../platform/http/index.js';
import { Slices } from '../../platform/fairness/index.js';
import { IdempotentPost } from '../../platform/idempotency/index.js';
import { validateBody } from '../../platform/input/index.js';
import { ConversationErrors, MessageErrors } from '../conversations.errors.js';
import {
  ImportBatchDto,
  ImportBatchResultDto,
  ImportConversationDto,
  ImportResultDto,
} from '../dto/import.dto.js';
import { ImportBatchService, unlessRefused } from './import-batch.service.js';
import { type ImportInput, parseImport } from './import-input.js';
import { ImportService } from './import.service.js';

@ApiTags('conversations')
@AccessibleBy('user')
@Controller('v1/conversations/import')
export class ImportController {
  constructor(
    private readonly imports: ImportService,
    private readonly batches: ImportBatchService,
    private readonly clock: DatabaseClock,
  ) {}

  @Operation({
    summary: 'Import a conversation',
    description:
      'Stores one whole conversation with its messages and their original times: all, or nothing. Sending the same `importKey` again answers 200, and adds the messages that follow the last one; nothing is added when an earlier one differs. Of a source with branches (`headSeq`), what is not there yet is added. What was deleted here stays deleted, unless it is imported `again`. Needs the scope `import`.',
    errors: [
      RequestErrors.refused,
      ConversationErrors.headMoved,
      ConversationErrors.unknownMessage,
      ConversationErrors.deletedImport,
      MessageErrors.keyTaken,
    ],
    headers: ['Location'],
  })
  @BodyLimit('large')
  @KeepsAsSent()
  @IdempotentPost()
  @NeedsScope('import')
  @DatabaseLimits({ statement: 60 })
  @ApiBody({ type: ImportConversationDto })
  @ApiCreatedResponse({ type: ImportResultDto, description: 'New' })
  @ApiOkResponse({ type: ImportResultDto, description: 'Already there; `added` says what is new' })
  async import(@Body() body: unknown): Promise<Answer<ImportResultDto>> {
    const result = await this.imports.import(parseImport(body, await this.clock.now()));
    const location = `/v1/conversations/${result.conversation.id}`;
    return new Answer(result, { status: result.imported ? 201 : 200, headers: { location } });
  }

  @Operation({
    summary: 'Import several conversations',
    description:
      'Imports up to 100 conversations, each as an import of it alone: all of it, or nothing. One that is refused does not keep the others from being stored, and its place has the problem (such as `request.invalid_body`, `conversation.head_moved` or `quota.reached`). After a lost answer, send the same again. Needs the scope `import`.',
    errors: [],
  })
  @BodyLimit('large')
  @KeepsAsSent()
  @IdempotentPost('batch')
  @HttpCode(200)
  @NeedsScope('import')
  @DatabaseLimits({ statement: 60 })
  @ApiBody({ type: ImportBatchDto })
  @ApiOkResponse({ type: ImportBatchResultDto })
  async importAll(
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<ImportBatchResultDto> {
    const outcomes = await this.batches.importAll(await this.read(body));
    return {
      data: outcomes.map((outcome) =>
        outcome instanceof AppError
          ? { result: null, problem: problemDocument(outcome, request) as unknown as Problem }
          : { result: outcome, problem: null },
      ),
    };
  }

  /** Reads each conversation on its own; other requests are answered in between. */
  private async read(body: unknown): Promise<(ImportInput | AppError)[]> {
    const { conversations } = validateBody(ImportBatchDto, body);
    const now = await this.clock.now();
    const slices = new Slices();
    const inputs: (ImportInput | AppError)[] = [];
    for (const one of conversations) {
      inputs.push(await unlessRefused(async () => parseImport(one, now)));
      if (slices.isDue) await slices.next();
    }
    return inputs;
  }
}
