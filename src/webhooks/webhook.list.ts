// The lists of webhooks and of their deliveries, of a user and of the service.
import { type Condition, field, List } from '../platform/list/index.js';
import { toDeliveryDto, WebhookDeliveryDto } from './dto/delivery.dto.js';
import { toWebhookDto, WebhookDto } from './dto/webhook.dto.js';
import { DELIVERY_STATES } from './webhook-delivery.entity.js';
import type { DeliveryRow, WebhookRow } from './webhook-row.js';

const webhooks = {
  fields: {
    id: field.uuid('id', { sort: true }),
    url: field.shown('url'),
    events: field.texts('events'),
    description: field.shown('description'),
    enabled: field.boolean('enabled'),
    disabledBecause: field.shown('disabled_because'),
    failingSince: field.shown('failing_since'),
    previousSecretExpiresAt: field.shown('previous_expires_at'),
    version: field.shown('version'),
    createdAt: field.time('created_at', { sort: true }),
    updatedAt: field.shown('updated_at'),
  },
  sort: '-createdAt',
  dto: WebhookDto,
  item: toWebhookDto,
};

export const webhookList = new List<WebhookRow, WebhookDto>({
  ...webhooks,
  name: 'webhook',
  table: 'threadkeep.webhook',
  owner: 'user_id',
});
export const serviceWebhookList = new List<WebhookRow, WebhookDto>({
  ...webhooks,
  name: 'service_webhook',
  table: 'threadkeep.service_webhook',
  owner: null,
});

const deliveries = {
  fields: {
    id: field.uuid('id', { sort: true }),
    type: field.text('type'),
    data: field.shown('data', { large: 'packed' }),
    state: field.oneOf('state', DELIVERY_STATES),
    attempts: field.integer('attempts'),
    nextAttemptAt: field.shown('next_at'),
    lastStatus: field.shown('last_status'),
    lastError: field.shown('last_error'),
    createdAt: field.time('created_at'),
    finishedAt: field.shown('finished_at'),
  },
  sort: '-id',
  dto: WebhookDeliveryDto,
  item: toDeliveryDto,
} as const;

/** The deliveries of one webhook, newest first. */
export const deliveryList = new List<DeliveryRow, WebhookDeliveryDto>({
  ...deliveries,
  name: 'webhook_delivery',
  table: 'threadkeep.webhook_delivery',
  owner: 'user_id',
});
export const serviceDeliveryList = new List<DeliveryRow, WebhookDeliveryDto>({
  ...deliveries,
  name: 'service_webhook_delivery',
  table: 'threadkeep.service_webhook_delivery',
  owner: null,
});

export const ofWebhook = (id: string): Condition => ({
  name: `of webhook ${id}`,
  text: (parameter) => `webhook_id = ${parameter(id, 'uuid')}`,
});
