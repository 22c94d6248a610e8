import { Injectable, Logger } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { ScopedCache } from '../platform/cache/index.js';
import { RequestContexts } from '../platform/context/index.js';
import { ScopedDatabase } from '../platform/database/index.js';
import { RequestErrors } from '../platform/errors/index.js';
import { type Page, sent } from '../platform/http/index.js';
import type { ListQuery } from '../platform/list/index.js';
import { PrincipalCache } from './principal-cache.js';
import type { UserDto } from './dto/user.dto.js';
import type { User } from './user.entity.js';
import { UserErrors } from './users.errors.js';
import { UsersRepository, type UserValues } from './users.repository.js';

const NULLABLE = ['externalId', 'email', 'name'] as const;

@Injectable()
export class UsersService {
  private readonly logger = new Logger(UsersService.name);

  constructor(
    private readonly users: UsersRepository,
    private readonly cache: ScopedCache,
    private readonly contexts: RequestContexts,
    private readonly database: ScopedDatabase,
    private readonly principals: PrincipalCache,
  ) {}

  create(values: UserValues): Promise<User> {
    return this.users.create(uuidv7(), sent(values, NULLABLE));
  }

  async get(id: string): Promise<User> {
    const user = await this.users.find({ id });
    if (!user) throw UserErrors.notFound();
    return user;
  }

  list(query: ListQuery): Promise<Page<UserDto>> {
    return this.users.list(query);
  }

  /** @throws AppError 412 when `version` is given and the user has moved on. */
  update(id: string, changes: UserValues, version?: number): Promise<User> {
    return this.database.transaction(async () => {
      this.forgetAfterCommit();
      if (await this.users.update(id, sent(changes, NULLABLE), version)) return this.get(id);
      const current = await this.get(id);
      throw RequestErrors.preconditionFailed({ extra: { version: current.version } });
    });
  }

  async remove(id: string): Promise<void> {
    if (!(await this.users.remove(id))) throw UserErrors.notFound();
    this.forgetAfterCommit();
    // Nobody can ask for what is left when it fails, and it expires.
    const failed = (error: unknown) => this.logger.warn({ msg: 'what is cached of a removed user could not be removed and will expire', err: error });
    this.database.afterCommit(() => void this.cache.forgetUser(id).catch(failed));
  }

  /** Other processes hear of the change from the database; this one must know before it answers. */
  private forgetAfterCommit(): void {
    this.database.afterCommit(() => this.principals.clear());
  }

  /** The id of the user whose request this is. */
  get ownId(): string {
    return this.contexts.userScope().userId;
  }
}
