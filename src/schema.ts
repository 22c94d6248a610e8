// Every table the application knows, in one list for the application and the TypeORM CLI alike.
import { join } from 'node:path';
import { Conversation, Message, MessageSearch } from './conversations/index.js';
import type { Schema } from './platform/database/index.js';
import { IdempotencyKey, ServiceIdempotencyKey } from './platform/http/index.js';
import { ApiKey, User } from './users/index.js';

export const schema: Schema = {
  entities: [User, ApiKey, Conversation, Message, MessageSearch, IdempotencyKey, ServiceIdempotencyKey],
  migrations: [join(import.meta.dirname, '..', 'migrations', '*.{ts,js}')],
};
