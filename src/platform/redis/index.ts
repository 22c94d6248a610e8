export { type RedisClient, RedisConnection, redisOptions } from './redis-connection.js';
export { RedisModule } from './redis.module.js';
export { RedisSetupError } from './redis-setup-error.js';
