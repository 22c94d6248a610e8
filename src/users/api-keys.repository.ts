// API keys belong to the service: they are read and written as the system only.
import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { ScopedDatabase, statement } from '../platform/database/index.js';
import type { Page } from '../platform/http/index.js';
import { type ListQuery, Lists } from '../platform/list/index.js';
import { ApiKey } from './api-key.entity.js';
import { apiKeyList } from './api-key.list.js';
import type { ApiKeyDto } from './dto/api-key.dto.js';

export interface KeyRow {
  id: string;
  userId: string | null;
  readOnly: boolean;
}

export type NewApiKey = Pick<ApiKey, 'id' | 'userId' | 'name' | 'hash' | 'hint' | 'readOnly'>;

const FIND_LIVE = statement<KeyRow>(
  'api_key.find_live',
  `select id, user_id as "userId", read_only as "readOnly" from threadkeep.api_key where hash = $1 and revoked_at is null`,
);
const LOCK_FIRST_KEY = statement('api_key.lock_first', `select pg_advisory_xact_lock(7411902336)`);
const ANY_SERVICE_KEY = statement<{ found: boolean }>(
  'api_key.any_service',
  `select exists (select from threadkeep.api_key where user_id is null and revoked_at is null) as found`,
);

@Injectable()
export class ApiKeysRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly lists: Lists,
  ) {}

  /** The key with this hash, unless it was revoked. */
  async findLive(hash: Buffer): Promise<KeyRow | null> {
    return (await this.database.read(FIND_LIVE, [hash]))[0] ?? null;
  }

  create(key: NewApiKey): Promise<ApiKey> {
    return this.database.transaction(async () => {
      const { manager } = this.database;
      await manager.insert(ApiKey, key);
      return manager.findOneByOrFail(ApiKey, { id: key.id });
    });
  }

  list(query: ListQuery): Promise<Page<ApiKeyDto>> {
    return this.lists.page(apiKeyList, query);
  }

  /** @returns false when there is no such key, or it was revoked before. */
  revoke(id: string): Promise<boolean> {
    return this.database.transaction(async () => {
      const result = await this.database.manager.update(ApiKey, { id, revokedAt: IsNull() }, { revokedAt: () => 'now()' });
      return (result.affected ?? 0) > 0;
    });
  }

  find(id: string): Promise<ApiKey | null> {
    return this.database.transaction(() => this.database.manager.findOneBy(ApiKey, { id }), { readOnly: true });
  }

  /** One process at a time decides whether the first key is needed: hold it to the end of the transaction. */
  async hasServiceKey(): Promise<boolean> {
    await this.database.write(LOCK_FIRST_KEY, []);
    return (await this.database.write(ANY_SERVICE_KEY, []))[0]?.found === true;
  }
}
