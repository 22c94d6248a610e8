export { isErrorReply } from './error-reply.js';
export { type RedisClient, RedisConnection, redisOptions } from './redis-connection.js';
export { RedisGuard } from './redis-guard.js';
export { RedisModule } from './redis.module.js';
export { RedisSetupError } from './redis-setup-error.js';
