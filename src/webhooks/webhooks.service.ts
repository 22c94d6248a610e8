import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { AuditRecords } from '../platform/audit/index.js';
import { RequestContexts } from '../platform/context/index.js';
import { ScopedDatabase } from '../platform/database/index.js';
import { EgressError, EgressRules } from '../platform/egress/index.js';
import type { ListQuery, Page } from '../platform/list/index.js';
import { etagOf, retryOnConflict, versionChanged } from '../platform/repository/index.js';
import { Vault } from '../platform/vault/index.js';
import { WebhookCourier } from './delivery/webhook-courier.js';
import { SECRET_PREFIX } from './delivery/signature.js';
import type { WebhookDeliveryDto } from './dto/delivery.dto.js';
import {
  type CreateWebhookDto,
  OVERLAP_DEFAULT,
  type RotateSecretDto,
  type UpdateWebhookDto,
  type WebhookDto,
} from './dto/webhook.dto.js';
import { isUserEvent, TEST_EVENT, type WebhookEvent } from './webhook-events.js';
import {
  type DeliveryRow,
  SECRET_COLUMNS,
  type SealedWebhookRow,
  type WebhookRow,
  type WebhookShape,
} from './webhook-row.js';
import { WebhookErrors } from './webhooks.errors.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** Each event is written once for each webhook that asks for it. */
const MAX_WEBHOOKS = { user: 10, system: 50 };
/** Leaves room for what normalizing adds. */
const MAX_URL_CHARACTERS = 2_000;
const SECRET_BYTES = 32;

export interface WithSecret {
  webhook: WebhookRow;
  secret: string;
}

/** All methods work in the scope of a user, or of the system for the service's own webhooks. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly rows: WebhooksRepository,
    private readonly vault: Vault,
    private readonly rules: EgressRules,
    private readonly contexts: RequestContexts,
    private readonly database: ScopedDatabase,
    private readonly audit: AuditRecords,
    private readonly courier: WebhookCourier,
  ) {}

  list(query: ListQuery): Promise<Page<WebhookDto>> {
    return this.rows.list(query);
  }

  /** @throws AppError 404 */
  async get(id: string): Promise<SealedWebhookRow> {
    const row = await this.rows.find(id);
    if (!row) throw WebhookErrors.notFound();
    return row;
  }

  /** @throws AppError 422 for a URL or an event that it may not have, or one webhook too many */
  async create({ url, events, description }: CreateWebhookDto): Promise<WithSecret> {
    const shape = {
      url: this.checkedUrl(url),
      events: this.checkedEvents(events),
      description: description ?? null,
    };
    const limit = this.database.byScope(MAX_WEBHOOKS);
    const id = uuidv7();
    const secret = newSecret();
    const sealed = await this.seal(id, 'secret', secret);
    const webhook = await this.database.transaction(async () => {
      if ((await this.rows.countAlone()) >= limit)
        throw WebhookErrors.tooMany({
          detail: `There may be ${limit} webhooks. Delete one to add another.`,
        });
      const created = await this.rows.create(id, sealed, shape);
      await this.audit.write({ action: 'webhook.created', subject: id });
      return created;
    });
    return { webhook, secret };
  }

  /**
   * Changes the fields that were sent. Enabling it, or another URL, makes a new start: failures so
   * far no longer count.
   * @throws AppError 412 when `expected` is given and is not the current version
   */
  update(id: string, changes: UpdateWebhookDto, expected?: number): Promise<WebhookRow> {
    const edit = async (): Promise<WebhookRow | null> => {
      const current = await this.get(id);
      if (expected !== undefined && expected !== current.version)
        throw versionChanged(current.version);
      const next = this.changed(current, changes);
      const isFresh = next.url !== current.url || (next.enabled && !current.enabled);
      return this.rows.update(id, current.version, next, isFresh);
    };
    return retryOnConflict(edit, () => WebhookErrors.changed());
  }

  /** @throws AppError 404, or 412 when `expected` is given and is not the current version */
  async remove(id: string, expected?: number): Promise<void> {
    await this.database.transaction(async () => {
      // Within the transaction, which would make a user who is not there.
      if (!(await this.rows.remove(id, expected ?? null)))
        throw versionChanged((await this.get(id)).version);
      await this.audit.write({ action: 'webhook.removed', subject: id });
    });
  }

  /** Makes a new secret. Deliveries are signed with the one before, too, for a time. */
  rotate(id: string, { overlapSeconds }: RotateSecretDto): Promise<WithSecret> {
    const overlap = overlapSeconds ?? OVERLAP_DEFAULT;
    const attempt = async (): Promise<WithSecret | null> => {
      const current = await this.get(id);
      const secret = newSecret();
      const previous = overlap > 0 ? await this.open(current) : null;
      const sealed = await this.seal(id, 'secret', secret);
      const sealedPrevious = previous === null ? null : await this.seal(id, 'previous', previous);
      const webhook = await this.database.transaction(async () => {
        const { version } = current;
        const rotated = await this.rows.rotate(id, version, sealed, sealedPrevious, overlap);
        if (rotated) await this.audit.write({ action: 'webhook.secret_rotated', subject: id });
        return rotated;
      });
      return webhook && { webhook, secret };
    };
    return retryOnConflict(attempt, () => WebhookErrors.changed());
  }

  /** @throws AppError 404, 409 while the webhook is disabled */
  async test(id: string): Promise<DeliveryRow> {
    await this.requireEnabled(id);
    const added = await this.rows.addTest(id, uuidv7(), TEST_EVENT);
    this.database.afterCommit(() => this.courier.wake());
    return added;
  }

  /** @throws AppError 404 */
  async deliveries(id: string, query: ListQuery): Promise<Page<WebhookDeliveryDto>> {
    await this.get(id);
    return this.rows.deliveries(id, query);
  }

  /**
   * Delivers it again, under the same `webhook-id`, also when it was delivered.
   * @throws AppError 404, 409 while the webhook is disabled
   */
  async replay(id: string, deliveryId: string): Promise<DeliveryRow> {
    await this.requireEnabled(id);
    const queued = await this.rows.replay(id, deliveryId);
    if (!queued) throw WebhookErrors.deliveryNotFound();
    this.database.afterCommit(() => this.courier.wake());
    return queued;
  }

  etag({ version }: Pick<WebhookRow, 'version'>): string {
    return etagOf(version);
  }

  private async requireEnabled(id: string): Promise<void> {
    if (!(await this.get(id)).enabled) throw WebhookErrors.disabled();
  }

  private changed(current: WebhookRow, changes: UpdateWebhookDto): WebhookShape {
    const enabled = changes.enabled ?? current.enabled;
    return {
      url: changes.url ? this.checkedUrl(changes.url) : current.url,
      events: changes.events ? this.checkedEvents(changes.events) : current.events,
      description: changes.description === undefined ? current.description : changes.description,
      enabled,
      disabledBecause: enabled || changes.enabled === false ? null : current.disabledBecause,
    };
  }

  private seal(id: string, which: keyof typeof SECRET_COLUMNS, secret: string): Promise<Buffer> {
    const place = { table: this.rows.table, row: id, column: SECRET_COLUMNS[which] };
    return this.vault.seal(place, secret);
  }

  private open({ id, secret }: SealedWebhookRow): Promise<string> {
    const place = { table: this.rows.table, row: id, column: SECRET_COLUMNS.secret };
    return this.vault.open(place, secret);
  }

  /** @throws AppError 422 */
  private checkedEvents(events: WebhookEvent[]): WebhookEvent[] {
    if (this.contexts.scope().kind === 'system') return events;
    const errors = events.flatMap((event, i) =>
      isUserEvent(event)
        ? []
        : [{ pointer: `/events/${i}`, message: 'is only for webhooks of the service' }],
    );
    if (errors.length > 0) throw WebhookErrors.eventRefused({ errors });
    return events;
  }

  /**
   * Checks the URL, and normalizes it.
   * @throws AppError 422
   */
  private checkedUrl(text: string): string {
    const refused = (message: string) =>
      WebhookErrors.urlRefused({ errors: [{ pointer: '/url', message }] });
    try {
      const { href } = this.rules.checkUrl(text);
      if (href.length > MAX_URL_CHARACTERS)
        throw refused(`must have at most ${MAX_URL_CHARACTERS} characters when it is normalized`);
      return href;
    } catch (error) {
      throw error instanceof EgressError ? refused(error.message) : error;
    }
  }
}

const newSecret = (): string => SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64');
