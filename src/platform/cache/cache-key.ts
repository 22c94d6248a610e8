// Makes the keys of the cache. Every key belongs to a user.
import { createHash } from 'node:crypto';
import { type Scope, ScopeMissingError } from '../context/index.js';

/** The scope of a request, or a user whom background work names. */
export type KeyOwner = Scope | { readonly userId: string };

const PREFIX = 'threadkeep';
const FORMAT = 'v2';
/** Longer parts of a key are hashed. */
const MAX_PART_LENGTH = 160;

/**
 * `threadkeep:v2:{user}:kind:part:part`. The braces keep a user's keys on one node of a Redis
 * Cluster.
 * @throws ScopeMissingError for the system, and for a user who does not exist yet, because that id
 * may still change
 */
export function cacheKey(owner: KeyOwner, kind: string, parts: readonly string[]): string {
  const tail = parts.map((part) => `:${escaped(part)}`).join('');
  return `${PREFIX}:${FORMAT}:{${escaped(ownerOf(owner))}}:${escaped(kind)}${tail}`;
}

/** A Redis pattern for every key of a user, including leases and keys of other formats. */
export const userPattern = (userId: string): string =>
  `${PREFIX}:v*:{${escaped(ownerOf({ userId }))}}:*`;

/** The key of the lease to build this version of an entry. Keys contain no other `#`. */
export const leaseKey = (key: string, version: string): string => `${key}#${escaped(version)}`;

function ownerOf(owner: KeyOwner): string {
  const provisional = 'provision' in owner && owner.provision !== undefined;
  if (!('userId' in owner) || !owner.userId || provisional) throw new ScopeMissingError();
  return owner.userId;
}

/**
 * Escapes separators and the special characters of Redis patterns. Different texts stay different.
 */
function escaped(text: string): string {
  const safe = text.replace(
    /[^A-Za-z0-9._-]/g,
    (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return safe.length <= MAX_PART_LENGTH
    ? safe
    : `~${createHash('sha256').update(text, 'utf16le').digest('base64url')}`;
}
