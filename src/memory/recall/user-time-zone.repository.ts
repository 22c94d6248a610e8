// Reads the time zone that a user has in the settings.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';

const ZONE = ownedStatement<{ zone: string | null }>(
  'memory.user_time_zone',
  `select u.settings ->> 'timeZone' as zone from threadkeep.app_user u where u.id = $1`,
);

@Injectable()
export class UserTimeZoneRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /** Returns what `settings.timeZone` has, whatever it is; null when there is none. */
  async find(): Promise<string | null> {
    return (await this.database.read(ZONE, []))[0]?.zone ?? null;
  }
}
