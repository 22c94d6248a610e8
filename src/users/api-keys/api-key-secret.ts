// How a key looks, and what of it is stored.
import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits after a prefix that secret scanners can look for. */
export const newSecret = (): string => `tk_${randomBytes(32).toString('base64url')}`;

/** What the database keeps of a key. */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** The end of a key, by which people tell keys apart. */
export const hintOf = (secret: string): string => secret.slice(-4);

/** Cheap refusal of what cannot be a key, before any look-up. */
export const looksLikeSecret = (token: string): boolean => /^tk_[A-Za-z0-9_-]{32,128}$/.test(token);
