// A retry of a request is answered with the call as it is by then: it goes on after its first answer.
import { Injectable } from '@nestjs/common';
import type { AnswerReference } from '../../platform/idempotency/index.js';
import { type ModelCallDto, toModelCallDto } from './dto/model-call.dto.js';
import { ModelCallsService } from './model-calls.service.js';

@Injectable()
export class ModelCallAnswer implements AnswerReference {
  constructor(private readonly calls: ModelCallsService) {}

  refer = (answer: unknown): { modelCallId: string } => ({
    modelCallId: (answer as ModelCallDto).id,
  });

  repeat = async ({ modelCallId }: { modelCallId: string }): Promise<ModelCallDto> =>
    toModelCallDto(await this.calls.get(modelCallId));
}
