// Reads the time zone that a user has in the settings.
import { Injectable } from '@nestjs/common';
import { UserFields } from '../../users/index.js';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';

const ZONE = ownedStatement<{ id: string; zone: string | null; sealedFields: Buffer | null }>(
  'memory.user_time_zone',
  `select u.id, u.settings ->> 'timeZone' as zone, u.sealed_fields as "sealedFields"
     from threadkeep.app_user u where u.id = $1`,
);

@Injectable()
export class UserTimeZoneRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly fields: UserFields,
  ) {}

  /** Returns what `settings.timeZone` has, if that is a text; null also when it cannot be opened. */
  async find(): Promise<string | null> {
    const [user] = await this.database.read(ZONE, []);
    if (!user?.sealedFields) return user?.zone ?? null;
    const zone = (await this.fields.ownSettings(user.id, user.sealedFields))?.['timeZone'];
    return typeof zone === 'string' ? zone : null;
  }
}
