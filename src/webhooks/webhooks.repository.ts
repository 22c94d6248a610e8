// SQL of webhooks, of the user of the scope or of the service.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  ownedStatement,
  ScopedDatabase,
  serviceStatement,
  statement,
} from '../platform/database/index.js';
import { type ListQuery, Lists, type Page } from '../platform/list/index.js';
import { SealedColumns } from '../platform/vault/index.js';
import type { WebhookDeliveryDto } from './dto/delivery.dto.js';
import type { WebhookDto } from './dto/webhook.dto.js';
import {
  type DeliveryRow,
  SECRET_COLUMNS,
  type SealedWebhookRow,
  type WebhookRow,
  type WebhookShape,
} from './webhook-row.js';
import {
  deliveryList,
  ofWebhook,
  serviceDeliveryList,
  serviceWebhookList,
  webhookList,
} from './webhook.list.js';

const shown = `w.id, w.url, w.description, w.events, w.enabled,
  w.disabled_because as "disabledBecause", w.previous_expires_at as "previousSecretExpiresAt",
  w.failing_since as "failingSince", w.version, w.created_at as "createdAt",
  w.updated_at as "updatedAt"`;

const shownDelivery = `d.id, d.type, d.data, d.state, d.attempts, d.last_status as "lastStatus",
  d.last_error as "lastError", d.created_at as "createdAt", d.next_at as "nextAttemptAt",
  d.finished_at as "finishedAt"`;

interface Tables {
  webhook: string;
  /** Column with the owner of a row. */
  owner: string;
  isService: boolean;
}

/** Builds the statements; `$1` is the owner. */
const statementsOf = ({ webhook, owner, isService }: Tables) => {
  const declare = isService ? serviceStatement : ownedStatement;
  const delivery = `${webhook}_delivery`;
  return {
    create: declare<WebhookRow>(
      `${webhook}.create`,
      `insert into threadkeep.${webhook} as w (${owner}, id, secret, url, events, description)
       values ($1, $2, $3, $4, $5::text[], $6) returning ${shown}`,
    ),
    count: declare<{ count: number }>(
      `${webhook}.count`,
      `select count(*)::integer as count from threadkeep.${webhook} w where w.${owner} = $1`,
    ),
    find: declare<SealedWebhookRow>(
      `${webhook}.find`,
      `select ${shown}, w.secret from threadkeep.${webhook} w where w.${owner} = $1 and w.id = $2`,
    ),
    /** Returns no row when version `$3` is no longer the newest. A new start forgets failures. */
    update: declare<WebhookRow>(
      `${webhook}.update`,
      `update threadkeep.${webhook} w set url = $4, events = $5::text[], description = $6,
         enabled = $7, disabled_because = $8, version = version + 1, updated_at = clock_timestamp(),
         failures = case when $9::boolean then 0 else failures end,
         retry_at = case when $9::boolean then null else retry_at end,
         failing_since = case when $9::boolean then null else failing_since end
       where w.${owner} = $1 and w.id = $2 and w.version = $3 returning ${shown}`,
    ),
    rotate: declare<WebhookRow>(
      `${webhook}.rotate`,
      `update threadkeep.${webhook} w set secret = $4, previous_secret = $5,
         previous_expires_at = case when $5::bytea is not null
           then clock_timestamp() + make_interval(secs => $6) end,
         version = version + 1, updated_at = clock_timestamp()
       where w.${owner} = $1 and w.id = $2 and w.version = $3 returning ${shown}`,
    ),
    remove: declare<{ id: string }>(
      `${webhook}.remove`,
      `delete from threadkeep.${webhook} w where w.${owner} = $1 and w.id = $2
        and ($3::integer is null or w.version = $3) returning w.id`,
    ),
    addTest: declare<DeliveryRow>(
      `${delivery}.add_test`,
      `insert into threadkeep.${delivery} as d (${owner}, id, webhook_id, type, data)
       values ($1, $3, $2, $4, '{}') returning ${shownDelivery}`,
    ),
    /** Of an attempt that runs now, the outcome counts. */
    replay: declare<DeliveryRow>(
      `${delivery}.replay`,
      `update threadkeep.${delivery} d set state = 'pending', finished_at = null,
         queued_at = clock_timestamp(),
         next_at = case when d.state = 'pending' then d.next_at else clock_timestamp() end
       where d.${owner} = $1 and d.id = $3 and d.webhook_id = $2 returning ${shownDelivery}`,
    ),
  };
};

/** Those who add webhooks of one owner take turns, so that each counts those of the others. */
const TAKE_TURN = statement(
  'webhook.take_turn',
  `select pg_advisory_xact_lock(hashtextextended('webhooks ' || $1::text, 0))`,
);

const STATEMENTS = {
  user: statementsOf({ webhook: 'webhook', owner: 'user_id', isService: false }),
  system: statementsOf({ webhook: 'service_webhook', owner: 'owner', isService: true }),
};
const LISTS = { user: webhookList, system: serviceWebhookList };
const DELIVERY_LISTS = { user: deliveryList, system: serviceDeliveryList };
const OWNERS = {
  user: ({ userId }: ScopedDatabase) => userId,
  system: () => 'service',
};
const TABLES = { user: 'webhook', system: 'service_webhook' };

const valuesOf = ({ url, events, description }: Omit<WebhookShape, 'enabled'>) => [
  url,
  events,
  description,
];

@Injectable()
export class WebhooksRepository implements OnModuleInit {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly lists: Lists,
    private readonly sealed: SealedColumns,
  ) {}

  onModuleInit(): void {
    for (const column of Object.values(SECRET_COLUMNS))
      this.sealed.register({ table: TABLES.user, row: 'id', column });
  }

  /** Name of the table, which the vault binds secrets to. */
  get table(): string {
    return this.database.byScope(TABLES);
  }

  list(query: ListQuery): Promise<Page<WebhookDto>> {
    return this.lists.page(this.database.byScope(LISTS), query);
  }

  async find(id: string): Promise<SealedWebhookRow | null> {
    return (await this.database.read(this.statements.find, [id]))[0] ?? null;
  }

  /** Call it in a transaction. @returns how many there are until it ends */
  async countAlone(): Promise<number> {
    await this.database.write(TAKE_TURN, [this.database.byScope(OWNERS)(this.database)]);
    return (await this.database.read(this.statements.count, []))[0]!.count;
  }

  async create(
    id: string,
    secret: Buffer,
    shape: Omit<WebhookShape, 'enabled' | 'disabledBecause'>,
  ): Promise<WebhookRow> {
    const values = valuesOf({ ...shape, disabledBecause: null });
    return (await this.database.write(this.statements.create, [id, secret, ...values]))[0]!;
  }

  /**
   * @param isFresh whether failures so far no longer count
   * @returns null when `expected` is no longer the newest version
   */
  async update(
    id: string,
    expected: number,
    shape: WebhookShape,
    isFresh: boolean,
  ): Promise<WebhookRow | null> {
    const { enabled, disabledBecause } = shape;
    const values = [id, expected, ...valuesOf(shape), enabled, disabledBecause, isFresh];
    return (await this.database.write(this.statements.update, values))[0] ?? null;
  }

  /**
   * @param previous sealed for its own column; null when the secret before ends at once
   * @returns null when `expected` is no longer the newest version
   */
  async rotate(
    id: string,
    expected: number,
    secret: Buffer,
    previous: Buffer | null,
    overlapSeconds: number,
  ): Promise<WebhookRow | null> {
    const values = [id, expected, secret, previous, overlapSeconds];
    return (await this.database.write(this.statements.rotate, values))[0] ?? null;
  }

  async remove(id: string, expected: number | null): Promise<boolean> {
    return (await this.database.write(this.statements.remove, [id, expected])).length > 0;
  }

  deliveries(id: string, query: ListQuery): Promise<Page<WebhookDeliveryDto>> {
    return this.lists.page(this.database.byScope(DELIVERY_LISTS), query, [ofWebhook(id)]);
  }

  async addTest(id: string, deliveryId: string, type: string): Promise<DeliveryRow> {
    return (await this.database.write(this.statements.addTest, [id, deliveryId, type]))[0]!;
  }

  /** @returns null when the webhook has no such delivery */
  async replay(id: string, deliveryId: string): Promise<DeliveryRow | null> {
    return (await this.database.write(this.statements.replay, [id, deliveryId]))[0] ?? null;
  }

  private get statements() {
    return this.database.byScope(STATEMENTS);
  }
}
