// The actor of a change: how histories store it, and how they show it.
import type { Principal } from './principal.js';

/** `user:` or `service:` and the credential's id; `system` without a request. */
export const actorOf = (principal: Principal | undefined): string =>
  principal ? `${principal.kind}:${principal.credentialId}` : 'system';

/** Hides from users which service key it was. */
export const shownActor = (actor: string): string => actor.replace(/^service:.*/, 'service');
