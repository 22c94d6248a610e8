// SQL of the users of outside issuers. Run it as the system.
import { Injectable } from '@nestjs/common';
import { ScopedDatabase, statement } from '../../platform/database/index.js';
import type { OutsideIdentity } from './issued-token.js';

export interface OutsideUser {
  id: string;
  isActive: boolean;
  /** Slot and value of the counter that counts changes of the user. */
  slot: number;
  number: number;
}

const FIND = statement<OutsideUser>(
  'user.find_by_subject',
  `select u.id, u.status = 'active' as "isActive", e.slot, e.number from threadkeep.app_user u
     join threadkeep.identity_epoch e on e.slot = threadkeep.identity_slot(u.id)
    where u.issuer = $1 and u.subject = $2`,
);

/** Leaves the address out when another user has it. */
const CREATE = statement<{ id: string }>(
  'user.create_for_subject',
  `insert into threadkeep.app_user (id, issuer, subject, email, name)
   select $1::uuid, $2::text, $3::text,
          case when exists (select from threadkeep.app_user u
            where threadkeep.fold_case(u.email) = threadkeep.fold_case($4::text))
          then null else $4::text end, $5::text
   on conflict do nothing returning id`,
);

@Injectable()
export class OutsideUsersRepository {
  constructor(private readonly database: ScopedDatabase) {}

  async find({ issuer, subject }: OutsideIdentity): Promise<OutsideUser | null> {
    return (await this.database.read(FIND, [issuer, subject]))[0] ?? null;
  }

  /**
   * Creates the user.
   * @returns false when a concurrent request created this user, or one with the same address
   */
  async create(id: string, identity: OutsideIdentity): Promise<boolean> {
    const { issuer, subject, email, name } = identity;
    const created = await this.database.write(CREATE, [id, issuer, subject, email, name]);
    return created.length > 0;
  }
}
