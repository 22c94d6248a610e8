export { Checkpoint } from './checkpoints/checkpoint.entity.js';
export { CheckpointValue } from './checkpoints/checkpoint-value.entity.js';
export { CheckpointWrite } from './checkpoints/checkpoint-write.entity.js';
export { LangGraphModule } from './langgraph.module.js';
export { StoreItem } from './store/store-item.entity.js';
