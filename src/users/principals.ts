// Answers the platform's two questions: whose credential is this, and which user does this reference name.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { Config } from '../platform/config/config.js';
import { CredentialVerifier, type Principal, type Provision, SupersededScopeError, UserDirectory, UserScope } from '../platform/context/index.js';
import { ScopedDatabase, statement } from '../platform/database/index.js';
import { isUuid } from '../platform/http/index.js';
import { hashSecret, looksLikeSecret } from './api-key-secret.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { PrincipalCache } from './principal-cache.js';

/** The seam for outside JWTs and sessions: another kind of token is another branch here. */
@Injectable()
export class ApiKeyVerifier extends CredentialVerifier {
  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly cache: PrincipalCache,
    private readonly database: ScopedDatabase,
  ) {
    super();
  }

  recall(token: string): Principal | null | undefined {
    const known = this.cache.principal(token);
    return known === undefined && !looksLikeSecret(token) ? null : known;
  }

  verify(token: string): Principal | null | Promise<Principal | null> {
    const known = this.recall(token);
    return known === undefined ? this.lookUp(token) : known;
  }

  wasValid(token: string): boolean {
    return this.cache.wasValid(token);
  }

  private async lookUp(token: string): Promise<Principal | null> {
    const remember = this.cache.remembering();
    const key = await this.database.runAsSystem('verify an API key', () => this.keys.findLive(hashSecret(token)));
    const principal: Principal | null = key && {
      kind: key.userId === null ? 'service' : 'user',
      userId: key.userId,
      credentialId: key.id,
      readOnly: key.readOnly,
    };
    remember.principal(token, principal);
    return principal;
  }
}

/** An application's own ids may be UUIDs too: our id wins when both match. */
const FIND_BY_REFERENCE = statement<{ id: string }>(
  'user.find_by_reference',
  `select id from threadkeep.app_user where id = $1::uuid or external_id = $2 order by id = $1::uuid desc nulls last limit 1`,
);

@Injectable()
export class Users extends UserDirectory {
  constructor(
    private readonly cache: PrincipalCache,
    private readonly database: ScopedDatabase,
    private readonly config: Config,
  ) {
    super();
  }

  resolve(reference: string): UserScope | null | Promise<UserScope | null> {
    const known = this.cache.userId(reference);
    return known ? new UserScope(known) : this.lookUp(reference);
  }

  private async lookUp(reference: string): Promise<UserScope | null> {
    const remember = this.cache.remembering();
    const id = await this.findId(reference);
    if (id) remember.userId(reference, id);
    if (id) return new UserScope(id);
    return this.config.autoCreateUsers ? this.provisional(reference) : null;
  }

  private async findId(reference: string): Promise<string | undefined> {
    const values = [isUuid(reference) ? reference : null, reference];
    const rows = await this.database.runAsSystem('look up the user a service key names', () => this.database.read(FIND_BY_REFERENCE, values));
    return rows[0]?.id;
  }

  /** The user is inserted by the first write, in its transaction; of two racing requests one inserts, the other follows. */
  private provisional(externalId: string): UserScope {
    const id = uuidv7();
    const provision: Provision = async (query) => {
      const inserted = await query(
        `insert into threadkeep.app_user (id, external_id) values ($1, $2) on conflict (external_id) do nothing returning id`,
        [id, externalId],
      );
      if (inserted.length === 0) throw new SupersededScopeError(() => this.winner(externalId));
    };
    return new UserScope(id, provision);
  }

  private async winner(externalId: string): Promise<string> {
    const id = await this.findId(externalId);
    if (!id) throw new Error('the user was removed while it was being created');
    return id;
  }
}
