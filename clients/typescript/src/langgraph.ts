// The store and the checkpointer of graphs of LangGraph.
export {
  type CheckpointSaverOptions,
  createCheckpointSaver,
  type PrunesThreads,
} from './langgraph-saver.js';
export { createStore, type StoreOptions } from './langgraph-store.js';
