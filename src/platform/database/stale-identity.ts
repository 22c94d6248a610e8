// A transaction that the database refused because a key was revoked, or a user renamed, since this
// process last looked. Nothing of it has happened: it is run again when the identity still holds.
import type { Scope } from '../context/index.js';
import { codeBehind } from '../errors/index.js';

/** The SQLSTATE of `threadkeep.stale_identity()`. */
const STALE_IDENTITY = 'TK001';

export const isStaleIdentity = (error: unknown): boolean => codeBehind(error) === STALE_IDENTITY;

/** @throws AppError when the identity no longer holds; `error` when the scope has none to renew */
export async function renewed({ identity }: Scope, error: unknown): Promise<void> {
  if (!identity) throw error;
  await identity.renew();
}

/** Runs the attempt again under the identity as it is by then. @throws as `renewed` does */
export async function withFreshIdentity<T>(scope: Scope, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isStaleIdentity(error)) throw error;
      await renewed(scope, error);
    }
  }
}
