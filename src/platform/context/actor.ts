// Who did something, as histories keep it and as they show it.
import type { Principal } from './principal.js';

/** `user:` or `service:` and the credential; `system` where nobody asked. */
export const actorOf = (principal: Principal | undefined): string =>
  principal ? `${principal.kind}:${principal.credentialId}` : 'system';

/** Which of the service's keys it was is kept, and not told to users. */
export const shownActor = (actor: string): string => actor.replace(/^service:.*/, 'service');
