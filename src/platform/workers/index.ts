export { startThreads } from './start-threads.js';
export { WorkerPool } from './worker-pool.js';
export { WorkersModule } from './workers.module.js';
export { workerTask, type WorkerTask } from './worker-task.js';
