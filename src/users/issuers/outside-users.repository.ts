// SQL of the users of outside issuers. Run it as the system.
import { Injectable } from '@nestjs/common';
import { ScopedDatabase, statement } from '../../platform/database/index.js';
import { AddressIndex } from '../sealing/address-index.js';
import { EMPTY } from '../sealing/fields.js';
import { UserFields } from '../sealing/user-fields.js';
import type { TokenUser } from '../authentication/token-source.js';
import type { OutsideIdentity } from './issued-token.js';

/** The identity of a merged user finds the other user. */
const FIND = statement<TokenUser>(
  'user.find_by_subject',
  `select u.id, u.status = 'active' as "isActive", e.slot, e.number from threadkeep.app_user n
     join threadkeep.app_user u on u.id = coalesce(n.merged_into, n.id)
     join threadkeep.identity_epoch e on e.slot = threadkeep.identity_slot(u.id)
    where n.issuer = $1 and n.subject = $2`,
);

const IS_TAKEN = statement<{ found: boolean }>(
  'user.email_is_taken',
  `select exists (select from threadkeep.app_user
     where threadkeep.fold_case(email) = threadkeep.fold_case($1) or email_hmac = $2) as found`,
);

const CREATE = statement<{ id: string }>(
  'user.create_for_subject',
  `insert into threadkeep.app_user (id, issuer, subject, email, name, sealed_fields, email_hmac)
   values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning id`,
);

@Injectable()
export class OutsideUsersRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly addresses: AddressIndex,
    private readonly fields: UserFields,
  ) {}

  async find({ issuer, subject }: OutsideIdentity): Promise<TokenUser | null> {
    return (await this.database.read(FIND, [issuer, subject]))[0] ?? null;
  }

  /**
   * Creates the user, without the address when another user has it. Call it in a transaction.
   * @returns false when a concurrent request created this user, or one with the same address
   */
  async create(id: string, identity: OutsideIdentity): Promise<boolean> {
    const { issuer, subject, name } = identity;
    const email = identity.email && (await this.isFree(identity.email)) ? identity.email : null;
    const { columns, dataKey } = await this.fields.columnsForNew(id, { ...EMPTY, email, name });
    const { sealedFields, emailHmac, ...plain } = columns;
    const values = [id, issuer, subject, plain.email, plain.name, sealedFields, emailHmac];
    const isCreated = (await this.database.write(CREATE, values)).length > 0;
    if (isCreated) await this.fields.keepKey(id, dataKey);
    return isCreated;
  }

  private async isFree(email: string): Promise<boolean> {
    const [row] = await this.database.read(IS_TAKEN, [email, await this.addresses.of(email)]);
    return !row!.found;
  }
}
