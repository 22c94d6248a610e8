// Long-term memory: versioned facts about a user, searched by words and vectors, and added to
// contexts.
import { Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ContextWindowModule } from '../context-window/index.js';
import { ConversationsModule } from '../conversations/index.js';
import { Config } from '../platform/config/config.js';
import { BlocksController } from './blocks/blocks.controller.js';
import { BlocksService } from './blocks/blocks.service.js';
import { ContextMemoryRepository } from './context/context-memory.repository.js';
import { BlocksSource } from './context/blocks.source.js';
import { MemoriesSource, StandingMemoriesSource } from './context/memories.sources.js';
import { DerivedMemories } from './derived/derived-memories.js';
import { DerivedMemoriesRepository } from './derived/derived-memories.repository.js';
import { ForgetMemories } from './bulk/forget-memories.job.js';
import { ForgetNow } from './bulk/forget-now.js';
import { ForgetMemoriesController } from './bulk/forget-memories.controller.js';
import { createEmbedder } from './embedding/create-embedder.js';
import { Embedder } from './embedding/embedder.js';
import { EmbedMemories, EmbedSweep } from './embedding/embed.jobs.js';
import { EmbeddingRepository } from './embedding/embedding.repository.js';
import { EmbedMessages } from './embedding/messages/embed-messages.job.js';
import { MessageEmbeddingRepository } from './embedding/messages/message-embedding.repository.js';
import { MessageEmbeddings } from './embedding/messages/message-embeddings.js';
import { HistoryController } from './history/history.controller.js';
import { HistoryRepository } from './history/history.repository.js';
import { HistoryService } from './history/history.service.js';
import { MemoriesController } from './memories.controller.js';
import { MemoriesRepository } from './memories.repository.js';
import { MemoriesService } from './memories.service.js';
import { MemoryErasure } from './writes/memory-erasure.js';
import { ExpireMemories, MemoryExpirySweep } from './expiry/memory-expiry.jobs.js';
import { MemoryExpiryRepository } from './expiry/memory-expiry.repository.js';
import { MemoryUsageRepository } from './memory-usage.repository.js';
import { MergeMemories } from './writes/merge-memories.js';
import { MemoryCreation } from './writes/memory-creation.js';
import { MemorySupersession } from './writes/memory-supersession.js';
import { SupersessionRepository } from './writes/supersession.repository.js';
import { ComputeNearFingerprints, NearFingerprintSweep } from './writes/near-fingerprint.jobs.js';
import { NearMemoriesRepository } from './writes/near-memories.repository.js';
import { NearMemories } from './writes/near-memories.service.js';
import { NewVersions } from './writes/new-versions.js';
import { MemoryWriter } from './writes/memory-writer.js';
import { MemoryWritesRepository } from './writes/memory-writes.repository.js';
import { DatabaseSearch } from './recall/database-search.js';
import { ShownMemories } from './recall/shown-memories.js';
import { FoundMemoriesRepository } from './recall/found-memories.repository.js';
import { MemoryIndexRepository } from './recall/memory-index.repository.js';
import { SealedFilters } from './sealing/sealed-filters.js';
import { SealedMemories } from './sealing/sealed-memories.js';
import { SealMemories } from './sealing/seal-memories.job.js';
import { MemorySealingRepository } from './sealing/sealing.repository.js';
import { MessageSearchController } from './message-search/message-search.controller.js';
import { MessageSearchService } from './message-search/message-search.service.js';
import { MemorySearchController } from './recall/memory-search.controller.js';
import { MemorySearchService } from './recall/memory-search.service.js';
import { MessageIndexRepository } from './recall/message-index.repository.js';
import { MessageIndexes } from './recall/message-indexes.js';
import { PgvectorRepository } from './recall/pgvector.repository.js';
import { QuestionVectors } from './recall/question-vectors.js';
import { UserIndexes } from './recall/user-indexes.js';
import { UserTimeZone } from './recall/user-time-zone.js';
import { UserTimeZoneRepository } from './recall/user-time-zone.repository.js';
import { WordScanRepository } from './recall/word-scan.repository.js';

@Injectable()
class EmbedderShutdown implements OnApplicationShutdown {
  constructor(@Inject(Embedder) private readonly embedder: Embedder) {}

  onApplicationShutdown(): Promise<void> {
    return this.embedder.close();
  }
}

const sealing = [SealedMemories, SealedFilters, MemorySealingRepository, SealMemories];
const writing = [
  MemoryWritesRepository,
  MemoryUsageRepository,
  MemoryWriter,
  NewVersions,
  NearMemoriesRepository,
  NearMemories,
  NearFingerprintSweep,
  ComputeNearFingerprints,
  SupersessionRepository,
  MemorySupersession,
  MemoryCreation,
  MemoryErasure,
  MergeMemories,
  ForgetMemories,
  ForgetNow,
  DerivedMemoriesRepository,
  DerivedMemories,
  MemoryExpiryRepository,
  MemoryExpirySweep,
  ExpireMemories,
];
const reading = [
  MemoriesRepository,
  MemoriesService,
  HistoryRepository,
  HistoryService,
  BlocksService,
];
const finding = [
  FoundMemoriesRepository,
  ShownMemories,
  MemoryIndexRepository,
  MessageIndexRepository,
  MessageIndexes,
  UserIndexes,
  UserTimeZone,
  UserTimeZoneRepository,
  QuestionVectors,
  PgvectorRepository,
  WordScanRepository,
  DatabaseSearch,
  MemorySearchService,
  MessageSearchService,
  EmbeddingRepository,
  EmbedMemories,
  EmbedSweep,
  MessageEmbeddingRepository,
  MessageEmbeddings,
  EmbedMessages,
];

@Module({
  imports: [ContextWindowModule, ConversationsModule],
  // The order matters: fixed paths (`/search`) must be registered before `/:id`.
  controllers: [
    MemorySearchController,
    MessageSearchController,
    ForgetMemoriesController,
    HistoryController,
    MemoriesController,
    BlocksController,
  ],
  providers: [
    { provide: Embedder, inject: [Config], useFactory: createEmbedder },
    EmbedderShutdown,
    ...sealing,
    ...writing,
    ...reading,
    ...finding,
    ContextMemoryRepository,
    StandingMemoriesSource,
    MemoriesSource,
    BlocksSource,
  ],
  exports: [MemoriesService, MemoryCreation, ForgetNow, HistoryService, MemorySearchService],
})
export class MemoryModule {}
