// Finds the user that a service key names, and creates one for a new name.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { AuditRecords } from '../platform/audit/index.js';
import { Config } from '../platform/config/config.js';
import {
  type Proof,
  type Provision,
  readAt,
  readReference,
  SupersededScopeError,
  UserDirectory,
  type UserReference,
  UserScope,
} from '../platform/context/index.js';
import { ScopedDatabase, statement } from '../platform/database/index.js';
import { AccessErrors, RequestErrors } from '../platform/errors/index.js';
import { isUuid } from '../platform/input/index.js';
import { SecretsGuard } from '../platform/secrets-guard/index.js';
import { type KnownUser, PrincipalCache } from './authentication/principal-cache.js';
import { UserAudit } from './user-audit.js';
import { UserErrors } from './users.errors.js';

/** A user, with slot and value of the counter of changes. */
interface Counted {
  id: string;
  slot: number;
  number: number;
}

interface FoundUser extends Counted {
  isActive: boolean;
  /** True when the name is the id of a user who was merged into this one. */
  isFormerId: boolean | null;
  /** True for any name of a user who was merged into this one. */
  isOfMerged: boolean;
}

/** A user who was merged into another. */
export interface MergedName {
  /** The id that the user had. */
  id: string;
  mergedInto: string;
}

/**
 * Prefers the id, then the name as written, then the normalized name: names stored before
 * normalization still find their users. The names of a merged user find the other user.
 */
const FIND = statement<FoundUser>(
  'user.find_by_name',
  `select u.id, u.status = 'active' as "isActive", n.former_id = $1::uuid as "isFormerId",
    n.merged_into is not null as "isOfMerged", e.slot, e.number
     from threadkeep.app_user n
     join threadkeep.app_user u on u.id = coalesce(n.merged_into, n.id)
     join threadkeep.identity_epoch e on e.slot = threadkeep.identity_slot(u.id)
    where n.id = $1::uuid or n.former_id = $1::uuid or n.external_id = $2 or n.external_id = $3
    order by $1::uuid in (n.id, n.former_id) desc nulls last, n.external_id = $3 desc nulls last
    limit 1`,
);

const FIND_MERGED = statement<MergedName>(
  'user.find_merged_by_name',
  `select n.former_id as id, n.merged_into as "mergedInto" from threadkeep.app_user n
    where n.merged_into is not null
      and (n.former_id = $1::uuid or n.external_id = $2 or n.external_id = $3)
    order by n.former_id = $1::uuid desc nulls last, n.external_id = $3 desc nulls last limit 1`,
);

const INSERT = `insert into threadkeep.app_user (id, external_id) values ($1, $2)
  on conflict (external_id) do nothing
  returning id, threadkeep.identity_slot(id) as slot,
    (select e.number from threadkeep.identity_epoch e
      where e.slot = threadkeep.identity_slot(app_user.id)) as number`;
const CREATE = statement<Counted>('user.create_by_name', INSERT);

@Injectable()
export class UserNames extends UserDirectory {
  constructor(
    private readonly cache: PrincipalCache,
    private readonly database: ScopedDatabase,
    private readonly audit: UserAudit,
    private readonly records: AuditRecords,
    private readonly secrets: SecretsGuard,
    private readonly config: Config,
  ) {
    super();
  }

  /**
   * Resolves the reference of the `Threadkeep-User` header. Returns null for an unknown user that
   * is not created automatically.
   * @throws UnusableNameError when the text cannot name a user
   * @throws AppError 403 when the user is not active, and `request.refused` when the secrets guard
   *   refuses a new name
   */
  override resolve(text: string): UserScope | null | Promise<UserScope | null> {
    const known = this.cache.user(text);
    return known ? scopeOf(known) : this.lookUp(readReference(text));
  }

  private async lookUp(reference: UserReference): Promise<UserScope | null> {
    const known = await this.find(reference);
    if (known) return scopeOf(known);
    const externalId = this.nameToCreate(reference);
    if (externalId === null || (await this.isOurs(externalId))) return null;
    await this.secrets.refuse({ '/externalId': externalId }, this.config.memoryGuard);
    return this.provisional(reference, externalId);
  }

  /**
   * Gives the id of the user with this name, whom it creates where a first write would. Call it as
   * the system, in the transaction of what the id is for.
   * @param pointer where the name stands in the body
   * @param requireCreation throws when the caller may not create a user
   * @throws AppError 422 when the text cannot name a user, 404 when there is none
   */
  async findOrCreateId(
    text: string,
    pointer: string,
    requireCreation: () => void,
  ): Promise<string> {
    const reference = readAt(text, pointer, RequestErrors.invalidBody);
    const known = await this.idOf(reference);
    if (known !== undefined) return known;
    const externalId = this.nameToCreate(reference);
    if (externalId === null || (isUuid(externalId) && (await this.records.isUserId(externalId))))
      throw UserErrors.notFound();
    requireCreation();
    const [created] = await this.database.write(CREATE, [uuidv7(), externalId]);
    if (created) await this.audit.created(created.id, { automatic: true });
    const id = created?.id ?? (await this.idOf(reference));
    if (id === undefined) throw UserErrors.notFound();
    return id;
  }

  /** The name under which the user would be created; null when none may be. */
  private nameToCreate({ externalId, refusal }: UserReference): string | null {
    return this.config.autoCreateUsers && refusal === null ? externalId : null;
  }

  /**
   * Gives the id of the user with this name. Call it as the system.
   * @param pointer where the name stands in the body
   * @throws AppError 404 when there is no such user, 410 for the id of a merged user
   */
  async getId(text: string, pointer: string): Promise<string> {
    const id = await this.idOf(readAt(text, pointer, RequestErrors.invalidBody));
    if (id === undefined) throw UserErrors.notFound();
    return id;
  }

  /**
   * As `getId`, for the path of a request.
   * @throws AppError 410 for every name of a merged user: a request to delete that user must not
   *   delete the other
   */
  async getIdInPath(text: string): Promise<string> {
    const reference = readAt(text, ':id', RequestErrors.invalidQuery);
    const [found] = await this.database.read(FIND, namesOf(reference));
    if (!found) throw UserErrors.notFound();
    if (found.isOfMerged) throw UserErrors.merged({ extra: { mergedInto: found.id } });
    return found.id;
  }

  /**
   * Finds a user who was merged into another, by the names that the row keeps. Call it as the system.
   * @param pointer where the name stands in the body
   * @throws AppError 422 when the text cannot name a user, 404 when no such user was merged
   */
  async getMerged(text: string, pointer: string): Promise<MergedName> {
    const reference = readAt(text, pointer, RequestErrors.invalidBody);
    const [found] = await this.database.read(FIND_MERGED, namesOf(reference));
    if (!found) throw UserErrors.notFound();
    return found;
  }

  private async idOf(reference: UserReference): Promise<string | undefined> {
    const [found] = await this.database.read(FIND, namesOf(reference));
    if (found?.isFormerId) throw UserErrors.merged({ extra: { mergedInto: found.id } });
    return found?.id;
  }

  /** Tells whether the name is the id of a user, or of a deleted one. */
  private isOurs(name: string): Promise<boolean> {
    return isUuid(name)
      ? this.database.runAsSystem('look up whether a name is an id', () =>
          this.records.isUserId(name),
        )
      : Promise.resolve(false);
  }

  private async find(reference: UserReference): Promise<KnownUser | null> {
    const [found] = await this.database.runAsSystem('look up the user a service key names', () =>
      this.database.read(FIND, namesOf(reference)),
    );
    if (!found) return null;
    if (found.isFormerId) throw UserErrors.merged({ extra: { mergedInto: found.id } });
    if (!found.isActive) throw AccessErrors.userNotActive();
    const known: KnownUser = { id: found.id, proof: this.createProof(reference, found) };
    this.cache.rememberUser(reference.text, known);
    return known;
  }

  private createProof(reference: UserReference, { id, slot, number }: Counted): Proof {
    return {
      epoch: { slot, number },
      holds: async () => {
        const known = this.cache.user(reference.text) ?? (await this.find(reference));
        return known?.id === id;
      },
      renew: async () => {
        this.cache.forgetUser(reference.text);
        const again = await this.find(reference);
        return again?.id === id ? again.proof : null;
      },
    };
  }

  /**
   * The first write inserts the user in its own transaction. Of two racing requests one inserts,
   * and the other uses that user.
   */
  private provisional(reference: UserReference, externalId: string): UserScope {
    const id = uuidv7();
    const provision: Provision = async (query) => {
      const [inserted] = (await query(INSERT, [id, externalId])) as Counted[];
      if (!inserted) throw new SupersededScopeError(() => this.winner(reference));
      await this.audit.created(id, { automatic: true });
      return this.createProof(reference, inserted);
    };
    return new UserScope(id, provision);
  }

  private async winner(reference: UserReference): Promise<KnownUser> {
    const known = await this.find(reference);
    if (!known) throw new Error('the user was removed while it was being created');
    return known;
  }
}

const namesOf = ({ id, externalId, written }: UserReference) => [id, externalId, written];

const scopeOf = ({ id, proof }: KnownUser): UserScope => new UserScope(id, undefined, proof);
