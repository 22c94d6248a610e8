// The SQL of sessions and passwords.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';
import type { TokenUser } from '../authentication/token-source.js';

/** Sessions of a user that live at a time. A further one ends the one that was used least lately. */
const MAX_SESSIONS = 50;
/** Sessions of a user that are kept when they are over. */
const MAX_OVER = 50;

export interface NewSession {
  id: string;
  hash: Buffer;
  turn: Buffer;
  turnKey: Buffer;
  client: string | null;
  idleDays: number;
  maxDays: number;
}

export interface LockedSession {
  id: string;
  turn: Buffer;
  lastTurn: Buffer | null;
  turnKey: Buffer;
  secondsSinceTurn: number;
  /** Seconds since 1970. */
  expiresAt: number;
  isLive: boolean;
  isUserActive: boolean;
}

export interface SessionRow {
  id: string;
  client: string | null;
  createdAt: string;
  lastUsedAt: string;
  expiresAt: string;
}

/** The columns that a client may see. */
const SHOWN = `id, client, created_at as "createdAt", turned_at as "lastUsedAt",
  expires_at as "expiresAt"`;

const LIVE = `ended_at is null and expires_at > now()`;

const OWNER = ownedStatement<TokenUser>(
  'user_session.owner',
  `select u.id, u.status = 'active' as "isActive", e.slot, e.number
     from threadkeep.user_session s
     join threadkeep.app_user u on u.id = s.user_id
     join threadkeep.identity_epoch e on e.slot = threadkeep.identity_slot(u.id)
    where s.user_id = $1 and s.id = $2 and s.ended_at is null and s.expires_at > now()`,
);

/**
 * Adds a session, unless the user is not active or the password is another one meanwhile. The row
 * of the account is locked, so that a new password ends this session or refuses it.
 */
const OPEN = ownedStatement<{ id: string }>(
  'user_session.open',
  `with allowed as materialized (
     select a.user_id from threadkeep.account a join threadkeep.app_user u on u.id = a.user_id
      where a.user_id = $1 and u.status = 'active' and a.password = $9 for share of a
   ), surplus as (
     update threadkeep.user_session set ended_at = now()
      where user_id = $1 and id in (
        select id from threadkeep.user_session
         where user_id = $1 and ${LIVE} and exists (select from allowed)
         order by turned_at desc, id desc offset ${MAX_SESSIONS - 1})
   )
   insert into threadkeep.user_session (user_id, id, hash, turn, turn_key, client, expires_at)
   select user_id, $2, $3, $4, $5, $6,
          now() + least(make_interval(days => $7), make_interval(days => $8)) from allowed
   returning id`,
);

const FORGET = ownedStatement(
  'user_session.forget',
  `delete from threadkeep.user_session
    where user_id = $1 and id in (
      select id from threadkeep.user_session
       where user_id = $1 and (ended_at is not null or expires_at <= now())
       order by turned_at desc, id desc offset ${MAX_OVER})`,
);

const LOCK = ownedStatement<LockedSession>(
  'user_session.lock',
  `select s.id, s.turn, s.last_turn as "lastTurn", s.turn_key as "turnKey",
          extract(epoch from now() - s.turned_at)::float8 as "secondsSinceTurn",
          extract(epoch from s.expires_at)::float8 as "expiresAt",
          s.ended_at is null and s.expires_at > now() as "isLive",
          u.status = 'active' as "isUserActive"
     from threadkeep.user_session s join threadkeep.app_user u on u.id = s.user_id
    where s.user_id = $1 and s.hash = $2 for update of s`,
);

const TURN = ownedStatement<{ expiresAt: number }>(
  'user_session.turn',
  `update threadkeep.user_session set last_turn = turn, turn = $3, turned_at = now(),
          expires_at = least(now() + make_interval(days => $4),
            created_at + make_interval(days => $5))
    where user_id = $1 and id = $2
   returning extract(epoch from expires_at)::float8 as "expiresAt"`,
);

const LIST = ownedStatement<SessionRow>(
  'user_session.list',
  `select ${SHOWN} from threadkeep.user_session where user_id = $1 and ${LIVE}
    order by turned_at desc, id desc limit ${MAX_SESSIONS}`,
);

const END = ownedStatement<{ id: string }>(
  'user_session.end',
  `update threadkeep.user_session set ended_at = now()
    where user_id = $1 and id = $2 and ended_at is null returning id`,
);

const END_OTHERS = ownedStatement<{ id: string }>(
  'user_session.end_others',
  `update threadkeep.user_session set ended_at = now()
    where user_id = $1 and id is distinct from $2::uuid and ended_at is null returning id`,
);

@Injectable()
export class SessionsRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /** The user of the scope, when the session lives. */
  async owner(id: string): Promise<TokenUser | null> {
    return (await this.database.read(OWNER, [id]))[0] ?? null;
  }

  /**
   * Opens a session for the user of the scope.
   * @param password the stored hash that was verified
   * @returns false when the user is not active, or has another password by now
   */
  async open(session: NewSession, password: string): Promise<boolean> {
    const { id, hash, turn, turnKey, client, idleDays, maxDays } = session;
    const values = [id, hash, turn, turnKey, client, idleDays, maxDays, password];
    return this.database.transaction(async () => {
      const isOpen = (await this.database.write(OPEN, values)).length > 0;
      if (isOpen) await this.database.write(FORGET, []);
      return isOpen;
    });
  }

  /** Finds the session, whether it lives or not, and locks it until the transaction ends. */
  async lock(hash: Buffer): Promise<LockedSession | null> {
    return (await this.database.write(LOCK, [hash]))[0] ?? null;
  }

  /** @returns when the session ends now, in seconds since 1970 */
  async turn(id: string, turn: Buffer, idleDays: number, maxDays: number): Promise<number> {
    return (await this.database.write(TURN, [id, turn, idleDays, maxDays]))[0]!.expiresAt;
  }

  list(): Promise<SessionRow[]> {
    return this.database.read(LIST, []);
  }

  /** @returns false when it had ended, or is not the user's */
  async end(id: string): Promise<boolean> {
    return (await this.database.write(END, [id])).length > 0;
  }

  /**
   * Ends all sessions of the user but one.
   * @returns how many
   */
  async endOthers(kept: string | null): Promise<number> {
    return (await this.database.write(END_OTHERS, [kept])).length;
  }
}
