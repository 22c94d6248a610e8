// Form of API keys, and the hash that is stored.
import { createHash, randomBytes } from 'node:crypto';

/** Generates 256 random bits, with a prefix that secret scanners can search for. */
export const newSecret = (): string => `tk_${randomBytes(32).toString('base64url')}`;

/** The database stores only this hash. */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Last four characters, by which people recognize a key. */
export const hintOf = (secret: string): string => secret.slice(-4);

/** Rejects tokens that cannot be a key, before any lookup. */
export const looksLikeSecret = (token: string): boolean => /^tk_[A-Za-z0-9_-]{32,128}$/.test(token);
