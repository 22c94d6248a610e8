import { Injectable } from '@nestjs/common';
import { ScopedDatabase, statement } from '../../platform/database/index.js';

const isOld = (days: string) => `m.created_at < now() - make_interval(days => ${days})`;

/** Starts from the users, because the index finds the oldest manifest of each. */
const USERS = statement<{ id: string }>(
  'context_manifest.users_to_expire',
  `select u.id from threadkeep.app_user u
    where u.id > $2 and exists (select from threadkeep.context_manifest m where m.user_id = u.id and ${isOld('$1')}) order by u.id limit $3`,
  { slow: true },
);
const EXPIRE = statement<{ count: number }>(
  'context_manifest.expire',
  `with old as (select m.conversation_id, m.id from threadkeep.context_manifest m where m.user_id = $1 and ${isOld('$2')} order by m.created_at limit $3),
        gone as (delete from threadkeep.context_manifest m using old where m.user_id = $1 and m.conversation_id = old.conversation_id and m.id = old.id returning 1)
   select count(*)::integer as count from gone`,
  { slow: true },
);

/** Runs as the system: the role that serves requests may not delete manifests. */
@Injectable()
export class ManifestExpiryRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /** Lists the next users, by id, with manifests older than `days`. */
  async usersWithExpired(days: number, after: string, limit: number): Promise<string[]> {
    return (await this.database.read(USERS, [days, after, limit])).map(({ id }) => id);
  }

  /** Removes up to `limit` of the user's manifests. Returns how many. */
  async expire(userId: string, days: number, limit: number): Promise<number> {
    return (await this.database.write(EXPIRE, [userId, days, limit]))[0]!.count;
  }
}
