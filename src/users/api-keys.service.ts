import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { ScopedDatabase } from '../platform/database/index.js';
import type { Page } from '../platform/http/index.js';
import type { ListQuery } from '../platform/list/index.js';
import type { ApiKey } from './api-key.entity.js';
import { hashSecret, hintOf, newSecret } from './api-key-secret.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import type { ApiKeyDto, CreateApiKeyDto } from './dto/api-key.dto.js';
import { PrincipalCache } from './principal-cache.js';
import { ApiKeyErrors } from './users.errors.js';

@Injectable()
export class ApiKeysService {
  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly database: ScopedDatabase,
    private readonly cache: PrincipalCache,
  ) {}

  /** The only moment at which `secret` is known. */
  async create({ userId, name, readOnly }: CreateApiKeyDto, secret = newSecret()): Promise<{ key: ApiKey; secret: string }> {
    const values = { id: uuidv7(), userId: userId ?? null, name: name ?? null, readOnly: readOnly ?? false };
    const key = await this.keys.create({ ...values, hash: hashSecret(secret), hint: hintOf(secret) });
    // The key may be remembered as unknown from an earlier try.
    this.database.afterCommit(() => this.cache.clear());
    return { key, secret };
  }

  list(query: ListQuery): Promise<Page<ApiKeyDto>> {
    return this.keys.list(query);
  }

  /** The key stops working at once, here and in every other process. Revoking twice is no error. */
  async revoke(id: string): Promise<void> {
    const revoked = await this.keys.revoke(id);
    this.database.afterCommit(() => this.cache.clear());
    if (!revoked && !(await this.keys.find(id))) throw ApiKeyErrors.notFound();
  }

  /**
   * Makes sure that there is a service key.
   * @param given a key from outside, which is stored when it is not known yet
   * @returns a new secret to show once, or null when none had to be made.
   */
  ensureFirst(given: string | undefined): Promise<string | null> {
    return this.database.runAsSystem('first service key', () =>
      this.database.transaction(async () => {
        const present = await this.keys.hasServiceKey();
        if (given) {
          if (!(await this.keys.findLive(hashSecret(given)))) await this.create({ name: 'BOOTSTRAP_API_KEY' }, given);
          return null;
        }
        return present ? null : (await this.create({ name: 'first' })).secret;
      }),
    );
  }
}
