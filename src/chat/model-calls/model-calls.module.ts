// Calls of models in the background, without a conversation.
import { Module } from '@nestjs/common';
import { ConversationsModule } from '../../conversations/index.js';
import { ChatModule } from '../chat.module.js';
import { ModelKeysModule } from '../model-keys/model-keys.module.js';
import { ModelsModule } from '../models/index.js';
import { ModelCallAnswer } from './model-call-answer.js';
import { ModelCallEvents } from './model-call-events.js';
import { ModelCallQueueRepository } from './model-call-queue.repository.js';
import { ModelCallsController } from './model-calls.controller.js';
import { ModelCallsRepository } from './model-calls.repository.js';
import { ModelCallsService } from './model-calls.service.js';
import { SealedCalls } from './sealed-calls.js';
import { ModelCallRun } from './run/model-call-run.js';
import { ModelCallRunner } from './run/model-call-runner.js';

@Module({
  imports: [ChatModule, ConversationsModule, ModelKeysModule, ModelsModule],
  controllers: [ModelCallsController],
  providers: [
    ModelCallAnswer,
    ModelCallEvents,
    ModelCallQueueRepository,
    ModelCallRun,
    ModelCallRunner,
    ModelCallsRepository,
    ModelCallsService,
    SealedCalls,
  ],
  exports: [ModelCallEvents, ModelCallsService],
})
export class ModelCallsModule {}
