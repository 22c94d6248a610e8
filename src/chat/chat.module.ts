// Turns: the service calls models, stores their replies while they grow, and streams them.
import { Module } from '@nestjs/common';
import { AgentConfigModule } from '../agent-config/index.js';
import { ContextWindowModule } from '../context-window/index.js';
import { ConversationsModule } from '../conversations/index.js';
import { Digests } from './digests/digests.js';
import { ModelWriter } from './digests/model-writer.js';
import { SummariseConversation } from './digests/summary.job.js';
import { TitleConversation } from './digests/title.job.js';
import { ConversationEvents } from './events/conversation-events.js';
import { ConversationEventsController } from './events/conversation-events.controller.js';
import { ConversationStateRepository } from './events/conversation-state.repository.js';
import { ModelKeysModule } from './model-keys/model-keys.module.js';
import { ModelsModule } from './models/index.js';
import { ReplyCacheModule } from './reply-cache/reply-cache.module.js';
import { CachedReplies } from './turns/run/cached-replies.js';
import { TakeOverSweep, TakeOverTurns } from './turns/run/take-over.jobs.js';
import { TurnAdmission } from './turns/run/turn-admission.js';
import { TurnRun } from './turns/run/turn-run.js';
import { TurnRunner } from './turns/run/turn-runner.js';
import { TurnStreamInterceptor } from './turns/streams/turn-stream.interceptor.js';
import { TurnStreams } from './turns/streams/turn-streams.js';
import { RoundsRepository } from './turns/tools/rounds.repository.js';
import { ToolRounds } from './turns/tools/tool-rounds.js';
import { TurnTools } from './turns/tools/turn-tools.js';
import { ReplyContext } from './turns/reply-context.js';
import { ReplyContextController } from './turns/reply-context.controller.js';
import { TurnAnswer } from './turns/turn-answer.js';
import { TurnInput } from './turns/turn-input.js';
import { TurnModels } from './turns/turn-models.js';
import { TurnQueue } from './turns/turn-queue.js';
import { TurnsController } from './turns/turns.controller.js';
import { SealedTurns } from './turns/sealed-turns.js';
import { TurnsRepository } from './turns/turns.repository.js';
import { TurnsService } from './turns/turns.service.js';

@Module({
  imports: [
    AgentConfigModule,
    ContextWindowModule,
    ConversationsModule,
    ModelKeysModule,
    ModelsModule,
    ReplyCacheModule,
  ],
  controllers: [ConversationEventsController, ReplyContextController, TurnsController],
  providers: [
    CachedReplies,
    ConversationEvents,
    ConversationStateRepository,
    Digests,
    ModelWriter,
    ReplyContext,
    RoundsRepository,
    SummariseConversation,
    TakeOverSweep,
    TakeOverTurns,
    TitleConversation,
    ToolRounds,
    TurnAdmission,
    TurnAnswer,
    TurnInput,
    TurnModels,
    TurnQueue,
    TurnRun,
    TurnRunner,
    TurnStreamInterceptor,
    TurnStreams,
    TurnTools,
    SealedTurns,
    TurnsRepository,
    TurnsService,
  ],
  exports: [ConversationEvents, TurnModels, TurnStreams, TurnsRepository, TurnsService],
})
export class ChatModule {}
