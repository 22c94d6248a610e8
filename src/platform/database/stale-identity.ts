// Repeats transactions that the database refused because this process had cached an identity that
// changed since: a key was revoked, or a user renamed. Such a transaction has done nothing.
import type { Scope } from '../context/index.js';
import { codeBehind } from '../errors/index.js';

/** The SQLSTATE of `threadkeep.stale_identity()`. */
const STALE_IDENTITY = 'TK001';

export const isStaleIdentity = (error: unknown): boolean => codeBehind(error) === STALE_IDENTITY;

/**
 * Looks the identity up again.
 * @throws AppError when it is not valid any more; `error` when the scope has no identity
 */
export async function renewIdentity({ identity }: Scope, error: unknown): Promise<void> {
  if (!identity) throw error;
  await identity.renew();
}

/** Repeats the attempt with a renewed identity. @throws as `renewed` does */
export async function withFreshIdentity<T>(scope: Scope, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isStaleIdentity(error)) throw error;
      await renewIdentity(scope, error);
    }
  }
}
