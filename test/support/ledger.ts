// Knows to whom each canary and each id belongs, and finds those that turn up in an answer to somebody else.
import { CANARY, type Tenant } from './tenants.js';
import type { WireRequest, WireResponse } from './wire.js';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

const tokensOf = (text: string): string[] => [
  ...(text.match(CANARY) ?? []),
  ...(text.match(UUID) ?? []),
];

export class Ledger {
  private readonly owners = new Map<string, Tenant>();
  /** Of the service, which shares them with everybody. */
  private readonly shared = new Set<string>();
  /** How often each route has shown somebody their own data, by `METHOD path`. */
  readonly sightings = new Map<string, number>();

  constructor(tenants: Tenant[]) {
    for (const tenant of tenants) {
      for (const id of tenant.houseConfigs) this.shared.add(id);
      for (const token of [
        tenant.canary,
        tenant.id,
        tenant.spareKeyId,
        ...tenant.jobs,
        ...tenant.configs,
        ...tenant.conversations,
        ...tenant.parts.flatMap((parts) => Object.values(parts) as string[]),
      ])
        this.owners.set(token, tenant);
    }
  }

  /** Canaries and ids of others in an answer to `actor`. Ids that the request named may be repeated, canaries never. */
  inspect(
    route: string,
    actor: Tenant | null,
    request: WireRequest,
    answer: WireResponse,
  ): string[] {
    const sent = new Set(`${request.path} ${JSON.stringify(request.headers)}`.match(UUID) ?? []);
    const { link = '', ...headers } = answer.headers;
    // A link to the next page says again what was asked.
    const linked = tokensOf(String(link)).filter((token) => !request.path.includes(token));
    const found = [...linked, ...tokensOf(`${JSON.stringify(headers)} ${answer.text}`)].filter(
      (token) => !sent.has(token),
    );
    if (actor && found.includes(actor.canary))
      this.sightings.set(route, (this.sightings.get(route) ?? 0) + 1);
    if (actor && answer.status < 300) this.learn(actor, answer.text);
    return found.filter((token) => this.owners.has(token) && this.owners.get(token) !== actor);
  }

  /** Whatever is first shown to a user is that user's, but for the key of the service that wrote it. */
  private learn(actor: Tenant, text: string): void {
    for (const token of text.replaceAll(/"service:[0-9a-f-]{36}"/g, '').match(UUID) ?? [])
      if (!this.owners.has(token) && !this.shared.has(token)) this.owners.set(token, actor);
  }
}
