// The calls for one agent configuration: of the shown user, or the service's own.
import type { Session } from './session.js';

const LISTED = 100;

const MINE = '/v1/agent-configs/{id}';
const OWN = '/v1/admin/agent-configs/{id}';

/** Both have the same routes, at another path. */
export function agentCalls({ user, service }: Session, id: string) {
  const path = { id };
  const query = { limit: LISTED };
  return {
    newest: (signal: AbortSignal) =>
      user === null
        ? service.request(`GET ${OWN}`, { signal, path })
        : user.request(`GET ${MINE}`, { signal, path }),
    versions: (signal: AbortSignal) =>
      user === null
        ? service.request(`GET ${OWN}/versions`, { signal, path, query })
        : user.request(`GET ${MINE}/versions`, { signal, path, query }),
    aliases: (signal: AbortSignal) =>
      user === null
        ? service.request(`GET ${OWN}/aliases`, { signal, path })
        : user.request(`GET ${MINE}/aliases`, { signal, path }),
    difference: (from: number, to: number) => (signal: AbortSignal) =>
      user === null
        ? service.request(`GET ${OWN}/diff`, { signal, path, query: { from, to } })
        : user.request(`GET ${MINE}/diff`, { signal, path, query: { from, to } }),
  };
}
