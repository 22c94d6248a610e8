// The context window: selects what a model gets of a conversation within a token budget, and
// reproduces it later.
import { Module } from '@nestjs/common';
import { AgentConfigModule } from '../agent-config/index.js';
import { ConversationsModule } from '../conversations/index.js';
import { AgentConfigSource } from './agent-config.source.js';
import { ContextBuilder } from './context-builder.js';
import { ContextComputer } from './compute/context-computer.js';
import { ContextController } from './context.controller.js';
import { ContextPaths } from './context-paths.repository.js';
import { ContextReference } from './manifests/context-reference.js';
import { ContextRepeater } from './manifests/context-repeater.js';
import { ContextRepository } from './context.repository.js';
import { ContextRequests } from './context-requests.js';
import { ContextService } from './context.service.js';
import { ContextUsageRepository } from './context-usage.repository.js';
import { ContextSources } from './context-source.js';
import { ContextStates } from './context-state.js';
import { ContributionCounts } from './contribution-counts.js';
import { ManifestExpiry } from './manifests/manifest-expiry.job.js';
import { ManifestExpiryRepository } from './manifests/manifest-expiry.repository.js';
import { SealedWindow } from './sealed-window.js';
import { DerivedSummaries } from './summaries/derived-summaries.js';
import { SummariesController } from './summaries/summaries.controller.js';
import { SummariesRepository } from './summaries/summaries.repository.js';
import { SummariesService } from './summaries/summaries.service.js';

@Module({
  imports: [AgentConfigModule, ConversationsModule],
  controllers: [ContextController, SummariesController],
  providers: [
    AgentConfigSource,
    ContextBuilder,
    ContextComputer,
    ContextPaths,
    ContextReference,
    ContextRepeater,
    ContextRepository,
    ContextRequests,
    ContextService,
    ContextSources,
    ContextStates,
    ContextUsageRepository,
    ContributionCounts,
    DerivedSummaries,
    ManifestExpiry,
    ManifestExpiryRepository,
    SealedWindow,
    SummariesRepository,
    SummariesService,
  ],
  exports: [ContextService, ContextSources, SummariesRepository, SummariesService],
})
export class ContextWindowModule {}
