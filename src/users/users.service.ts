import { Injectable, Logger } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { ScopedCache } from '../platform/cache/index.js';
import { AuditRecords } from '../platform/audit/index.js';
import { storableExternalId, RequestContexts } from '../platform/context/index.js';
import { ScopedDatabase } from '../platform/database/index.js';
import { RequestErrors } from '../platform/errors/index.js';
import type { ListQuery, Page } from '../platform/list/index.js';
import { sent } from '../platform/input/index.js';
import { PrincipalCache } from './authentication/principal-cache.js';
import { AddressIndex } from './sealing/address-index.js';
import { SealedSearches } from './sealing/sealed-searches.js';
import type { UserDto } from './dto/user.dto.js';
import type { User } from './user.entity.js';
import { UserAudit } from './user-audit.js';
import { UserSettings } from './user-settings.js';
import { UserErrors } from './users.errors.js';
import { UsersRepository, type UserValues } from './users.repository.js';

const NULLABLE = ['externalId', 'username', 'email', 'name'] as const;

@Injectable()
export class UsersService {
  private readonly logger = new Logger(UsersService.name);

  constructor(
    private readonly users: UsersRepository,
    private readonly cache: ScopedCache,
    private readonly contexts: RequestContexts,
    private readonly database: ScopedDatabase,
    private readonly principals: PrincipalCache,
    private readonly audit: UserAudit,
    private readonly records: AuditRecords,
    private readonly settings: UserSettings,
    private readonly addresses: AddressIndex,
    private readonly searches: SealedSearches,
  ) {}

  /**
   * Creates a user.
   * @throws AppError 422 when `externalId` could be taken for an id of Threadkeep, or for no
   *   value, and when the settings do not fit the schema of the application
   */
  create(values: UserValues): Promise<User> {
    return this.database.transaction(async () => {
      const fields = await this.named(values);
      this.settings.check(fields.settings ?? {});
      const id = uuidv7();
      if (fields.email) await this.addresses.requireFree(fields.email, id);
      const user = await this.users.create(id, fields);
      await this.audit.created(user.id, { automatic: false });
      return user;
    });
  }

  /** @throws AppError 404, or 410 with `mergedInto` for a user who was merged into another */
  async get(id: string): Promise<User> {
    const user = await this.users.find({ id });
    if (!user) throw await this.missing(id);
    return user;
  }

  /** @throws AppError 404 or 410 as `get`, also where `get` cannot open the fields */
  async requireThere(id: string): Promise<void> {
    if (!(await this.users.exists(id))) throw await this.missing(id);
  }

  /** @throws AppError `request.invalid_query` for a search of what is sealed */
  async list(query: ListQuery): Promise<Page<UserDto>> {
    return this.users.list(await this.searches.rewritten(query));
  }

  /**
   * Changes the fields that were sent. Settings are merged into those that are there.
   * @throws AppError 412 with the current version when `version` is given and is not the current
   *   one; 422 when the settings become too large or do not fit the schema
   */
  update(id: string, changes: UserValues, version?: number): Promise<User> {
    return this.database.transaction(async () => {
      const fields = await this.named(changes);
      if (fields.settings) {
        const stored = await this.users.lock(id);
        // Without the user, or with another version, the update below says what is wrong.
        if (stored && (version ?? stored.version) === stored.version)
          fields.settings = this.settings.changed(stored.settings, fields.settings);
      }
      if (fields.email && !this.isOwn) await this.addresses.requireFree(fields.email, id);
      if (await this.users.update(id, fields, version)) {
        await this.changed(id, fields);
        return this.get(id);
      }
      const current = await this.get(id);
      throw RequestErrors.preconditionFailed({ extra: { version: current.version } });
    });
  }

  /**
   * `update` for the user of the scope. Its first write may create the user, or find that another
   * request has: only then the id is known.
   */
  updateOwn(changes: UserValues, version?: number): Promise<User> {
    return this.database.transaction(() => this.update(this.ownId, changes, version));
  }

  async remove(id: string): Promise<void> {
    await this.database.transaction(async () => {
      await this.audit.removed(id);
      if (!(await this.users.remove(id))) throw await this.missing(id);
      this.database.afterCommit(() => this.principals.forgetId(id));
    });
    // The cache entries of a deleted user are unreachable, and expire if this fails.
    const failed = (error: unknown) =>
      this.logger.warn({
        msg: 'what is cached of a removed user could not be removed and will expire',
        err: error,
      });
    this.database.afterCommit(() => void this.cache.forgetUser(id).catch(failed));
  }

  private async missing(id: string): Promise<Error> {
    const mergedInto = await this.users.findMergedInto(id);
    return mergedInto ? UserErrors.merged({ extra: { mergedInto } }) : UserErrors.notFound();
  }

  /** Returns the fields with the externalId in its normalized form. */
  private async named(values: UserValues): Promise<UserValues> {
    const fields = sent(values, NULLABLE);
    if (typeof fields.externalId !== 'string') return fields;
    const { externalId, id } = storableExternalId(fields.externalId);
    if (id !== null && (await this.records.isUserId(id))) throw UserErrors.externalIdReserved();
    return { ...fields, externalId };
  }

  /** Records what decides who acts for the user, and forgets what this process knew of it. */
  private async changed(id: string, { externalId, status }: UserValues): Promise<void> {
    if (externalId !== undefined) await this.audit.renamed(id);
    if (status !== undefined) await this.audit.statusChanged(id, status);
    if (externalId === undefined && status === undefined) return;
    this.database.afterCommit(() => this.principals.forgetId(id));
  }

  /** In the scope of a user, who sees no other. `AccountsService` asks before. */
  private get isOwn(): boolean {
    return this.contexts.scope().kind === 'user';
  }

  /** Id of the user of this request. */
  get ownId(): string {
    return this.contexts.userScope().userId;
  }
}
