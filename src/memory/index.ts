export { Memory } from './memory.entity.js';
export { MemoryEmbedding, MemoryHead, MemorySource } from './memory-parts.entity.js';
export { MemoryModule } from './memory.module.js';
export { pgvectorSchema } from './embedding/pgvector-schema.js';
export { MEMORY_LIMITS } from './memory-limits.js';
export { MEMORY_KINDS } from '../platform/config/memory-settings.js';
