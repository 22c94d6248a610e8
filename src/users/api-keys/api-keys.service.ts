import { Injectable, Logger } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { AuditRecords } from '../../platform/audit/index.js';
import { type KeyScope, RequestContexts, requireScope } from '../../platform/context/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import type { ListQuery, Page } from '../../platform/list/index.js';
import { Quotas } from '../../platform/quotas/index.js';
import type { ApiKey } from './api-key.entity.js';
import { hashSecret, hintOf, newSecret } from './api-key-secret.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import type { ApiKeyDto, CreateApiKeyDto } from '../dto/api-key.dto.js';
import { scopesOf, scopesOfKind } from './key-kinds.js';
import { PrincipalCache } from '../authentication/principal-cache.js';
import { ApiKeyErrors } from '../users.errors.js';

export interface CreatedKey {
  key: ApiKey;
  secret: string;
}

type Wanted = Pick<ApiKey, 'userId' | 'name' | 'readOnly' | 'expiresAt'> & {
  scopes: readonly KeyScope[];
};

export interface FirstKeyOptions {
  /** Keeps the secret of a key that was made, before it is committed. */
  keep?: ((secret: string) => Promise<void>) | undefined;
  /** Is told, in one line, of a key from outside that cannot be used. */
  say?: (line: string) => void;
}

const REVOKED =
  'The key in BOOTSTRAP_API_KEY was revoked or has expired, and is refused. Set another one, or none.';

@Injectable()
export class ApiKeysService {
  private readonly logger = new Logger(ApiKeysService.name);

  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    private readonly audit: AuditRecords,
    private readonly cache: PrincipalCache,
    private readonly quotas: Quotas,
  ) {}

  /**
   * The only moment at which `secret` is known.
   * @throws AppError 403 for a scope that whoever asks lacks, 422 for one that keys of the kind do not have, 507 when the user has too many
   */
  create(
    { userId = null, name = null, readOnly, scopes, expiresAt }: CreateApiKeyDto,
    secret = newSecret(),
  ): Promise<CreatedKey> {
    const kind = { userId, readOnly: readOnly ?? false };
    const wanted = {
      ...kind,
      name,
      scopes: this.scopesFor(kind, scopes),
      expiresAt: expiresAt ? new Date(expiresAt) : null,
    };
    return this.database.transaction(async () => {
      if (userId !== null) await this.quotas.takeTurn(userId, { keys: 1 });
      const made = await this.insert(wanted, secret);
      await this.record('api_key.created', made.key, {
        scopes: wanted.scopes,
        readOnly: kind.readOnly,
        expiresAt: made.key.expiresAt,
      });
      return made;
    });
  }

  list(query: ListQuery): Promise<Page<ApiKeyDto>> {
    return this.keys.list(query);
  }

  /** The key stops working at once, here and in every other process. Revoking twice is no error. */
  revoke(id: string): Promise<void> {
    return this.database.transaction(async () => {
      const revoked = await this.keys.revoke(id);
      const key = await this.keys.find(id);
      if (!key) throw ApiKeyErrors.notFound();
      if (revoked) await this.record('api_key.revoked', key);
      this.forgetAfterCommit(key);
    });
  }

  /**
   * A new key in place of another, which can be used for a while beside it. It lives as long as that one was made for.
   * @throws AppError 403 for a key that may do more than whoever asks, 404, 409 for one that cannot be used any more
   */
  rotate(id: string, overlapSeconds: number): Promise<CreatedKey> {
    return this.database.transaction(async () => {
      const old = await this.keys.lock(id);
      if (!old) throw ApiKeyErrors.notFound();
      if (!old.isLive) throw ApiKeyErrors.notLive();
      const scopes = scopesOf(old);
      this.refuseMore(old.userId, scopes);
      // It ends another, so that there may be one too many for as long as that overlaps, and no more.
      if (old.userId !== null) await this.quotas.takeTurn(old.userId, { keys: 0 });
      const expiresAt = old.nextExpiry === null ? null : new Date(old.nextExpiry);
      const made = await this.insert({ ...old, scopes, expiresAt }, newSecret());
      await this.keys.endIn(id, overlapSeconds);
      await this.record('api_key.rotated', made.key, { from: id, overlapSeconds });
      this.forgetAfterCommit(old);
      return made;
    });
  }

  /**
   * Makes sure that there is a service key.
   * @param given a key from outside, which is stored when it is not known yet
   * @returns a new secret to show once, or null when none had to be made.
   */
  ensureFirst(
    given: string | undefined,
    { keep, say = (line) => this.logger.warn(line) }: FirstKeyOptions = {},
  ): Promise<string | null> {
    return this.database.runAsSystem('first service key', () =>
      this.database.transaction(async () => {
        const present = await this.keys.hasServiceKey();
        if (given) {
          const known = await this.keys.findByHash(hashSecret(given));
          if (!known) await this.create({ name: 'BOOTSTRAP_API_KEY' }, given);
          else if (!known.isLive) say(REVOKED);
          return null;
        }
        if (present) return null;
        const { secret } = await this.create({ name: 'first' });
        await keep?.(secret);
        return secret;
      }),
    );
  }

  private async insert(
    { userId, name, readOnly, scopes, expiresAt }: Wanted,
    secret: string,
  ): Promise<CreatedKey> {
    const values = { id: uuidv7(), userId, name, readOnly, scopes: [...scopes], expiresAt };
    const key = await this.keys.create({
      ...values,
      hash: hashSecret(secret),
      hint: hintOf(secret),
    });
    // The key may be remembered as unknown from an earlier try.
    this.database.afterCommit(() => this.cache.forgetUnknown());
    return { key, secret };
  }

  private scopesFor(
    kind: { userId: string | null; readOnly: boolean },
    wanted: KeyScope[] | null | undefined,
  ): readonly KeyScope[] {
    const most = scopesOfKind(kind);
    const foreign = wanted?.find((scope) => !most.includes(scope));
    if (foreign)
      throw ApiKeyErrors.invalidScope({
        detail: `Such a key may have ${most.join(', ')}.`,
        errors: [{ pointer: '/scopes', message: `${foreign} is not for such a key` }],
      });
    const own = this.contexts.current()?.principal?.scopes;
    const scopes = wanted
      ? most.filter((scope) => wanted.includes(scope))
      : most.filter((scope) => !own || own.has(scope));
    this.refuseMore(kind.userId, scopes.length > 0 ? scopes : most);
    return scopes;
  }

  /** A key makes none that may do more than it. A key of a user acts for that user. */
  private refuseMore(userId: string | null, scopes: readonly KeyScope[]): void {
    const principal = this.contexts.current()?.principal;
    if (!principal) return;
    if (userId !== null) requireScope(principal, 'act');
    for (const scope of scopes) requireScope(principal, scope);
  }

  private record(
    action: string,
    { id, userId }: Pick<ApiKey, 'id' | 'userId'>,
    details: Record<string, unknown> = {},
  ): Promise<void> {
    return this.audit.write({ action, userId, subject: id, details });
  }

  /** Other processes find out when the key is next used; this one knows before it answers. */
  private forgetAfterCommit({ id, userId }: Pick<ApiKey, 'id' | 'userId'>): void {
    this.database.afterCommit(() => this.cache.forgetId(userId ?? id));
  }
}
