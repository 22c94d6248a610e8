// The one place where a key is made. Every key belongs to a user; there is none without.
import { createHash } from 'node:crypto';
import { type Scope, ScopeMissingError } from '../context/index.js';

/** Whose key: the scope of the request, or a user named by work in the background. */
export type KeyOwner = Scope | { readonly userId: string };

const PREFIX = 'threadkeep';
const VERSION = 'v2';
const LONGEST = 160;

/**
 * `threadkeep:v2:{user}:kind:part:part`. The braces keep a user's keys on one node of a Redis Cluster.
 * @throws ScopeMissingError for the system, and for a user who does not exist yet: that id may still change.
 */
export function cacheKey(owner: KeyOwner, kind: string, parts: readonly string[]): string {
  const tail = parts.map((part) => `:${escaped(part)}`).join('');
  return `${PREFIX}:${VERSION}:{${escaped(ownerOf(owner))}}:${escaped(kind)}${tail}`;
}

/** A Redis pattern for every key of a user, leases and those of other versions included. */
export const userPattern = (userId: string): string =>
  `${PREFIX}:v*:{${escaped(ownerOf({ userId }))}}:*`;

/** Who builds the entry of this stamp. No part of a key can hold a `#`. */
export const leaseKey = (key: string, stamp: string): string => `${key}#${escaped(stamp)}`;

function ownerOf(owner: KeyOwner): string {
  const provisional = 'provision' in owner && owner.provision !== undefined;
  if (!('userId' in owner) || !owner.userId || provisional) throw new ScopeMissingError();
  return owner.userId;
}

/** Different texts stay different, and none contains what separates keys or means something in a Redis pattern. */
function escaped(text: string): string {
  const safe = text.replace(
    /[^A-Za-z0-9._-]/g,
    (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return safe.length <= LONGEST
    ? safe
    : `~${createHash('sha256').update(text, 'utf16le').digest('base64url')}`;
}
