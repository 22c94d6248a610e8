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
import { UserNames } from '../user-names.js';
import { ApiKeyErrors } from '../users.errors.js';

export interface CreatedKey {
  key: ApiKey;
  secret: string;
}

type NewKey = Pick<ApiKey, 'userId' | 'name' | 'readOnly' | 'expiresAt'> & {
  scopes: readonly KeyScope[];
};

export interface FirstKeyOptions {
  /** Stores the secret of a new key before the key is committed. */
  keep?: ((secret: string) => Promise<void>) | undefined;
  /** Called with one line when the given key cannot be used. */
  warn?: (line: string) => void;
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
    private readonly names: UserNames,
  ) {}

  /**
   * Creates a key. Its secret is returned only here.
   * @throws AppError 403 for a scope that the caller lacks
   * @throws AppError 422 for a scope that this kind of key cannot have, and for two users or ends
   * @throws AppError 507 when the user has too many keys
   */
  create(values: CreateApiKeyDto, secret = newSecret()): Promise<CreatedKey> {
    refuseBoth(values, 'user', 'userId');
    refuseBoth(values, 'expiresIn', 'expiresAt');
    const { user, name = null, readOnly, scopes } = values;
    return this.database.transaction(async () => {
      const userId =
        user === undefined
          ? (values.userId ?? null)
          : await this.names.findOrCreateId(user, '/user', () => this.requireWrite());
      const kind = { userId, readOnly: readOnly ?? false };
      const wanted = {
        ...kind,
        name,
        scopes: this.scopesFor(kind, scopes),
        expiresAt: endOf(values),
      };
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

  /** Revokes the key at once, in every process. Revoking it again is no error. */
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
   * Creates a key that replaces another, which stays valid for `overlapSeconds`. The new one has
   * the same lifetime.
   * @throws AppError 403 for a key with scopes that the caller lacks
   * @throws AppError 404, or 409 when the key is no longer valid
   */
  rotate(id: string, overlapSeconds: number): Promise<CreatedKey> {
    return this.database.transaction(async () => {
      const old = await this.keys.lock(id);
      if (!old) throw ApiKeyErrors.notFound();
      if (!old.isLive) throw ApiKeyErrors.notLive();
      const scopes = scopesOf(old);
      this.requireRights(old.userId, scopes);
      // The replaced key ends, so a user may exceed the quota by one key during the overlap.
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
   * Creates the first service key when there is none.
   * @param given a key of the operator (BOOTSTRAP_API_KEY), stored when it is not known yet
   * @returns a new secret to show once, or null when no key was created
   */
  ensureFirst(
    given: string | undefined,
    { keep, warn = (line) => this.logger.warn(line) }: FirstKeyOptions = {},
  ): Promise<string | null> {
    return this.database.runAsSystem('first service key', () =>
      this.database.transaction(async () => {
        const present = await this.keys.hasServiceKey();
        if (given) {
          const known = await this.keys.findByHash(hashSecret(given));
          if (!known) await this.create({ name: 'BOOTSTRAP_API_KEY' }, given);
          else if (!known.isLive) warn(REVOKED);
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
    { userId, name, readOnly, scopes, expiresAt }: NewKey,
    secret: string,
  ): Promise<CreatedKey> {
    const values = { id: uuidv7(), userId, name, readOnly, scopes: [...scopes], expiresAt };
    const key = await this.keys.create({
      ...values,
      hash: hashSecret(secret),
      hint: hintOf(secret),
    });
    // The cache may hold the key as unknown from an earlier attempt.
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
        detail: `Allowed scopes: ${most.join(', ')}.`,
        errors: [{ pointer: '/scopes', message: `must not contain ${foreign}` }],
      });
    const own = this.contexts.current()?.principal?.scopes;
    const scopes = wanted
      ? most.filter((scope) => wanted.includes(scope))
      : most.filter((scope) => !own || own.has(scope));
    this.requireRights(kind.userId, scopes.length > 0 ? scopes : most);
    return scopes;
  }

  /**
   * A key may create only keys with scopes that it has itself. A user's key needs the scope `act`,
   * because it acts for that user.
   */
  private requireRights(userId: string | null, scopes: readonly KeyScope[]): void {
    const principal = this.contexts.current()?.principal;
    if (!principal) return;
    if (userId !== null) requireScope(principal, 'act');
    for (const scope of scopes) requireScope(principal, scope);
  }

  /** What the first write of a new user needs. */
  private requireWrite(): void {
    const principal = this.contexts.current()?.principal;
    if (principal) requireScope(principal, 'write');
  }

  private record(
    action: string,
    { id, userId }: Pick<ApiKey, 'id' | 'userId'>,
    details: Record<string, unknown> = {},
  ): Promise<void> {
    return this.audit.write({ action, userId, subject: id, details });
  }

  /**
   * Drops the key from the cache of this process before it answers. Others notice when the key is
   * used next.
   */
  private forgetAfterCommit({ id, userId }: Pick<ApiKey, 'id' | 'userId'>): void {
    this.database.afterCommit(() => this.cache.forgetId(userId ?? id));
  }
}

function refuseBoth<T extends object>(values: T, name: keyof T & string, other: keyof T & string) {
  if (values[name] === undefined || values[name] === null) return;
  if (values[other] === undefined || values[other] === null) return;
  throw ApiKeyErrors.ambiguous({ detail: `Give ${name} or ${other}, not both.` });
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** When a key ends; null: never. */
function endOf({ expiresAt, expiresIn }: CreateApiKeyDto): Date | null {
  if (!expiresIn) return expiresAt ? new Date(expiresAt) : null;
  const unit = expiresIn.slice(-1) as keyof typeof UNIT_MS;
  return new Date(Date.now() + Number.parseInt(expiresIn, 10) * UNIT_MS[unit]);
}
