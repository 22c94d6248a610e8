import { field, List } from '../../platform/list/index.js';
import { SCOPES_OF_ROW } from './key-kinds.js';
import { ApiKeyDto, type ApiKeyState, toApiKeyDto } from '../dto/api-key.dto.js';

/** Lists all keys, newest first (ids are UUIDv7). Only service keys may read it. */
export const apiKeyList = new List<ApiKeyState, ApiKeyDto>({
  name: 'api_key',
  table: 'threadkeep.api_key',
  owner: null,
  fields: {
    id: field.uuid('id', { sort: true }),
    userId: field.uuid('user_id', { nullable: true }),
    name: field.text('name', { nullable: true }),
    hint: field.shown('hint'),
    readOnly: field.boolean('read_only'),
    scopes: field.texts(SCOPES_OF_ROW),
    createdAt: field.time('created_at'),
    expiresAt: field.time('expires_at', { nullable: true }),
    lastUsedAt: field.time('last_used_at', { nullable: true }),
    revokedAt: field.time('revoked_at', { nullable: true }),
  },
  sort: '-id',
  shorthands: {
    userId: {
      schema: { type: 'string', format: 'uuid' },
      description: 'Keeps the keys of this user.',
      means: (text) => ({ field: 'userId', operator: 'eq', text }),
    },
  },
  dto: ApiKeyDto,
  item: toApiKeyDto,
});
