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
import { ConversationNames } from './keys/conversation-names.js';
import { ExportController } from './export/export.controller.js';
import { ExportService } from './export/export.service.js';
import { ImportBatchService } from './import/import-batch.service.js';
import { ImportController } from './import/import.controller.js';
import { ImportPlans } from './import/import-plans.js';
import { ImportRepository } from './import/import.repository.js';
import { ImportService } from './import/import.service.js';
import { SealedDigests } from './import/sealed-digests.js';
import { AppendedAnswer } from './messages/appended-answer.js';
import { FeedbackController } from './messages/feedback/feedback.controller.js';
import { FeedbackRepository } from './messages/feedback/feedback.repository.js';
import { FeedbackService } from './messages/feedback/feedback.service.js';
import { MarkedAppends } from './messages/marked/marked-appends.js';
import { MarkedMessagesRepository } from './messages/marked/marked-messages.repository.js';
import { MessageIds } from './messages/marked/message-ids.js';
import { MessageCounter } from './messages/message-counter.js';
import { MessageErasureController } from './messages/erasure/message-erasure.controller.js';
import { MessageErasureRepository } from './messages/erasure/message-erasure.repository.js';
import { MessageErasureService } from './messages/erasure/message-erasure.service.js';
import { Replacements } from './messages/erasure/replacements.js';
import { MessagePages } from './messages/message-pages.js';
import { MessagesController } from './messages/messages.controller.js';
import { MessagesRepository } from './messages/messages.repository.js';
import { OwnTimes } from './messages/own-times.js';
import { MessageGuard } from './messages/message-guard.js';
import { MessagesService } from './messages/messages.service.js';
import { BranchesController } from './messages/tree/branches.controller.js';
import { BranchesService } from './messages/tree/branches.service.js';
import { DeletedImports } from './import/deleted-imports.repository.js';
import { ConversationPaths } from './messages/tree/conversation-paths.js';
import { MessageTrees } from './messages/tree/message-trees.js';
import { MessageTreesRepository } from './messages/tree/message-trees.repository.js';
import { DraftEndingsRepository } from './messages/unfinished/draft-endings.repository.js';
import { DraftsRepository } from './messages/unfinished/drafts.repository.js';
import { SealedDrafts } from './messages/unfinished/sealed-drafts.js';
import {
  InterruptMessages,
  InterruptSweep,
} from './messages/unfinished/interrupt-messages.jobs.js';
import { UnfinishedMessagesController } from './messages/unfinished/unfinished-messages.controller.js';
import { UnfinishedMessages } from './messages/unfinished/unfinished-messages.service.js';
import { TokenCounter } from './messages/token-counter.js';
import { SealMessages } from './sealing/seal-messages.job.js';
import { SealedMessages } from './sealing/sealed-messages.js';
import { SealedSearches } from './sealing/sealed-searches.js';
import { SealedTexts } from './sealing/sealed-texts.js';
import { SealedTitles } from './sealing/sealed-titles.js';
import { MessageSealingRepository } from './sealing/sealing.repository.js';
import { ReadingController } from './reading/reading.controller.js';
import { ReadingRepository } from './reading/reading.repository.js';
import { ReadingService } from './reading/reading.service.js';
import { ConversationUsageRepository } from './usage/conversation-usage.repository.js';
import { MeasureConversations, MeasureSweep } from './usage/measure-conversations.jobs.js';

@Module({
  imports: [AgentConfigModule],
  controllers: [
    ConversationsController,
    DeleteConversationsController,
    ExportController,
    FeedbackController,
    ImportController,
    MessageErasureController,
    MessagesController,
    BranchesController,
    ReadingController,
    UnfinishedMessagesController,
  ],
  providers: [
    AppendedAnswer,
    BranchesService,
    ConversationAgents,
    ConversationNames,
    ConversationPaths,
    ConversationUsageRepository,
    ConversationsRepository,
    ConversationsService,
    DeleteConversations,
    DeletedImports,
    Derivations,
    DerivedOfMessages,
    DerivedService,
    DraftEndingsRepository,
    DraftsRepository,
    ExportService,
    FeedbackRepository,
    FeedbackService,
    ForgetDerived,
    ForgetDerivedOfMessages,
    ForksRepository,
    ImportRepository,
    ImportBatchService,
    ImportPlans,
    ImportService,
    InterruptMessages,
    InterruptSweep,
    MarkedAppends,
    MarkedMessagesRepository,
    MessageCounter,
    MessageErasureRepository,
    MessageErasureService,
    MessageGuard,
    OwnTimes,
    MeasureConversations,
    MeasureSweep,
    MessageIds,
    MessagePages,
    MessageTrees,
    MessageTreesRepository,
    MessagesRepository,
    MessagesService,
    ReadingRepository,
    ReadingService,
    Replacements,
    SealMessages,
    SealedDigests,
    SealedDrafts,
    SealedMessages,
    SealedSearches,
    SealedTexts,
    SealedTitles,
    MessageSealingRepository,
    TokenCounter,
    UnfinishedMessages,
  ],
  exports: [
    AppendedAnswer,
    BranchesService,
    ConversationNames,
    ConversationPaths,
    ConversationsRepository,
    ConversationsService,
    DeletedImports,
    Derivations,
    MessageErasureService,
    MessageIds,
    MessagePages,
    MessageTrees,
    MessagesRepository,
    MessagesService,
    SealedMessages,
    SealedSearches,
    SealedTexts,
    TokenCounter,
    UnfinishedMessages,
  ],
})
export class ConversationsModule {}
