export { Memory } from './memory.entity.js';
export {
  MessageEmbedding,
  MessageEmbeddingHead,
} from './embedding/messages/message-embedding.entity.js';
export { MemoryEmbedding, MemoryHead, MemorySource } from './memory-parts.entity.js';
export { MemoryModule } from './memory.module.js';
export { MemoriesService } from './memories.service.js';
export { MemoryErrors } from './memories.errors.js';
export { memoryList } from './memory.list.js';
export { ForgetNow } from './bulk/forget-now.js';
export { CONTENT_EXAMPLES, type MemoryDto, toMemoryDto } from './dto/memory.dto.js';
export type { MemoryHistoryDto, MemoryVersionDto } from './dto/history.dto.js';
export { SEARCH_LIMITS } from './dto/search-body.dto.js';
export { HistoryService } from './history/history.service.js';
export { MEMORY_FILTER } from './recall/memory-filter.js';
export { MemorySearchService } from './recall/memory-search.service.js';
export { type CreateResult, MemoryCreation } from './writes/memory-creation.js';
export type { MemoryInput, NewMemoryInput } from './writes/memory-input.js';
export { embedderOf } from './embedding/create-embedder.js';
export { pgvectorSchema } from './embedding/pgvector-schema.js';
export { MEMORY_LIMITS } from './memory-limits.js';
export { MEMORY_KINDS } from '../platform/config/memory-settings.js';
