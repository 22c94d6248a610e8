// The refresh token of a session, and the secrets of mails. Both name their user, so that they are
// looked up among the rows of that user only. The database holds hashes of the secret parts.
import { createHmac, randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;
const REFRESH_TOKEN = /^tkr_([\w-]{22})([\w-]{43})([\w-]{43})$/;
const MAILED_SECRET = /^tkm_([\w-]{22})([\w-]{43})$/;

export interface RefreshToken {
  readonly userId: string;
  /** The part that stays, by which the session is found. */
  readonly family: string;
  /** The part that each use replaces. */
  readonly turn: string;
}

export interface MailedToken {
  readonly userId: string;
  readonly secret: string;
}

const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

/** The next turn is an HMAC of the last one, so that a repeated request gets the same answer. */
export const newTurnKey = (): Buffer => randomBytes(SECRET_BYTES);

export const nextTurn = (turn: string, turnKey: Buffer): string =>
  createHmac('sha256', turnKey).update(turn).digest('base64url');

export const newRefreshToken = (userId: string): RefreshToken => ({
  userId,
  family: newSecret(),
  turn: newSecret(),
});

export const formatRefreshToken = ({ userId, family, turn }: RefreshToken): string =>
  `tkr_${shortened(userId)}${family}${turn}`;

/** @returns null for a text of another form */
export function parseRefreshToken(text: string): RefreshToken | null {
  const [, user, family, turn] = REFRESH_TOKEN.exec(text) ?? [];
  return user && family && turn ? { userId: lengthened(user), family, turn } : null;
}

export const newMailedToken = (userId: string): MailedToken => ({ userId, secret: newSecret() });

export const formatMailedToken = ({ userId, secret }: MailedToken): string =>
  `tkm_${shortened(userId)}${secret}`;

/** @returns null for a text of another form */
export function parseMailedToken(text: string): MailedToken | null {
  const [, user, secret] = MAILED_SECRET.exec(text) ?? [];
  return user && secret ? { userId: lengthened(user), secret } : null;
}

/** A UUID in 22 characters. */
const shortened = (id: string): string =>
  Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');

const lengthened = (short: string): string =>
  Buffer.from(short, 'base64url')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
