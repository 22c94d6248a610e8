// Accounts of tenants: a password that is known, a session, and secrets as mails have them.
import { createHash, randomBytes } from 'node:crypto';
import type { TestDatabase } from './database.js';
import { addMerged } from './merges.js';

export const PASSWORD = 'three owls on a raft';
/** Argon2id of it, so that no test has to compute one. */
export const PASSWORD_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$B0bNTi3hQ0m3nAFQ2Frrvg$5ONxt+bIy8ns0tXks6m/mCvp3Y/1OxXui1rVfdhHchg';

const newSecret = (): string => randomBytes(32).toString('base64url');
const shortened = (id: string): string =>
  Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Gives a user the password, in place of any other. */
export async function giveAccount(database: TestDatabase, userId: string): Promise<void> {
  await database.admin(
    `insert into threadkeep.account (user_id, password) values ($1, $2)
       on conflict (user_id) do update set password = excluded.password`,
    [userId, PASSWORD_HASH],
  );
}

/** @returns the session's id and refresh token */
export async function openSession(
  database: TestDatabase,
  userId: string,
  client: string,
): Promise<{ id: string; refreshToken: string }> {
  const [family, turn] = [newSecret(), newSecret()];
  const { rows } = await database.admin(
    `insert into threadkeep.user_session (id, user_id, hash, turn, turn_key, client, expires_at)
     values (gen_random_uuid(), $1, $2, $3, $4, $5, now() + interval '1 day') returning id`,
    [userId, hashOf(family), hashOf(turn), randomBytes(32), client],
  );
  return { id: rows[0]!['id'] as string, refreshToken: `tkr_${shortened(userId)}${family}${turn}` };
}

/** @returns the secret, as a mail would have it */
export async function mailSecret(
  database: TestDatabase,
  userId: string,
  purpose: 'verify' | 'reset' | 'change',
  email: string,
): Promise<string> {
  const secret = newSecret();
  await database.admin(
    `insert into threadkeep.mailed_secret (user_id, purpose, email, hash, expires_at)
     values ($1, $2, $3, $4, now() + interval '1 hour')
     on conflict (user_id, purpose) do update set email = excluded.email, hash = excluded.hash`,
    [userId, purpose, email, hashOf(secret)],
  );
  return `tkm_${shortened(userId)}${secret}`;
}

interface Owner {
  id: string;
  canary: string;
}

/** A body that a route of accounts takes from this user, prepared in the database; undefined for other routes. */
export async function accountBody(
  database: TestDatabase,
  path: string,
  { id, canary }: Owner,
): Promise<Record<string, string> | undefined> {
  const email = `${canary}@mail.example`;
  const password = PASSWORD;
  switch (path) {
    case '/v1/auth/register':
      return { email: `${newSecret()}@mail.example`, password };
    case '/v1/auth/login':
      return { login: email, password };
    case '/v1/auth/refresh':
    case '/v1/auth/logout':
      return { refreshToken: (await openSession(database, id, canary)).refreshToken };
    case '/v1/auth/verification':
    case '/v1/auth/password-reset':
      return { email };
    case '/v1/auth/confirm':
      return { secret: await mailSecret(database, id, 'verify', email) };
    case '/v1/auth/reset':
      return { secret: await mailSecret(database, id, 'reset', email), password };
    case '/v1/auth/password':
      await giveAccount(database, id);
      return { currentPassword: password, newPassword: password };
    case '/v1/auth/email':
      await giveAccount(database, id);
      return { email: `${newSecret()}@mail.example`, password };
    case '/v1/users/:id/merge/undo':
      return { from: await addMerged(database, id) };
    case '/v1/users/:id/password':
      return { password };
    default:
      return undefined;
  }
}
