// Stores conversations and their messages, numbered by `seq` without gaps.
import { Module } from '@nestjs/common';
import { AgentConfigModule } from '../agent-config/index.js';
import { DeleteConversations } from './bulk/delete-conversations.job.js';
import { DeleteConversationsController } from './bulk/delete-conversations.controller.js';
import { ConversationAgents } from './conversation-agents.js';
import { ConversationsController } from './conversations.controller.js';
import { ConversationsRepository } from './conversations.repository.js';
import { ConversationsService } from './conversations.service.js';
import { Derivations } from './derived/derivations.js';
import { DerivedOfMessages } from './derived/derived-of-messages.js';
import { DerivedService } from './derived/derived.service.js';
import { ForgetDerived } from './derived/forget-derived.job.js';
import { ForgetDerivedOfMessages } from './derived/forget-derived-of-messages.job.js';
import { ForksRepository } from './derived/forks.repository.js';
import { ExportController } from './export/export.controller.js';
import { ExportService } from './export/export.service.js';
import { ImportController } from './import/import.controller.js';
import { ImportRepository } from './import/import.repository.js';
import { ImportService } from './import/import.service.js';
import { AppendedAnswer } from './messages/appended-answer.js';
import { MessageErasureController } from './messages/erasure/message-erasure.controller.js';
import { MessageErasureRepository } from './messages/erasure/message-erasure.repository.js';
import { MessageErasureService } from './messages/erasure/message-erasure.service.js';
import { MessageSearchRepository } from './messages/search/message-search.repository.js';
import { MessagePages } from './messages/message-pages.js';
import { MessagesController } from './messages/messages.controller.js';
import { MessagesRepository } from './messages/messages.repository.js';
import { MessageGuard } from './messages/message-guard.js';
import { MessageIndexer } from './messages/search/message-indexer.js';
import { MessagesService } from './messages/messages.service.js';
import { BranchesController } from './messages/tree/branches.controller.js';
import { BranchesService } from './messages/tree/branches.service.js';
import { MessageTrees } from './messages/tree/message-trees.js';
import { MessageTreesRepository } from './messages/tree/message-trees.repository.js';
import { TokenCounter } from './messages/token-counter.js';
import { ConversationUsageRepository } from './usage/conversation-usage.repository.js';
import { MeasureConversations, MeasureSweep } from './usage/measure-conversations.jobs.js';

@Module({
  imports: [AgentConfigModule],
  controllers: [
    ConversationsController,
    DeleteConversationsController,
    ExportController,
    ImportController,
    MessageErasureController,
    MessagesController,
    BranchesController,
  ],
  providers: [
    AppendedAnswer,
    BranchesService,
    ConversationAgents,
    ConversationUsageRepository,
    ConversationsRepository,
    ConversationsService,
    DeleteConversations,
    Derivations,
    DerivedOfMessages,
    DerivedService,
    ExportService,
    ForgetDerived,
    ForgetDerivedOfMessages,
    ForksRepository,
    ImportRepository,
    ImportService,
    MessageErasureRepository,
    MessageErasureService,
    MessageGuard,
    MeasureConversations,
    MeasureSweep,
    MessageIndexer,
    MessageSearchRepository,
    MessagePages,
    MessageTrees,
    MessageTreesRepository,
    MessagesRepository,
    MessagesService,
    TokenCounter,
  ],
  exports: [ConversationsRepository, Derivations, MessageTrees, MessagesRepository, TokenCounter],
})
export class ConversationsModule {}
