// Loaded by worker threads, so it names nothing that needs the application.
export { MessagePath } from './message-path.js';
export type { SeqSpan } from './message-tree.js';
