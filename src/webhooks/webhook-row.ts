// Rows of webhooks and deliveries, as statements return them.
import type { EntityOrRow } from '../platform/input/index.js';
import type { WebhookDelivery } from './webhook-delivery.entity.js';
import type { Webhook } from './webhook.entity.js';

export type WebhookRow = EntityOrRow<
  Omit<Webhook, 'userId' | 'secret' | 'previousSecret' | 'failures' | 'retryAt'>
>;

/** A row with its sealed secret. */
export type SealedWebhookRow = WebhookRow & { secret: Buffer };

export type DeliveryRow = EntityOrRow<Omit<WebhookDelivery, 'userId' | 'webhookId' | 'queuedAt'>>;

/** What a client may change. */
export interface WebhookShape {
  url: string;
  events: WebhookRow['events'];
  description: string | null;
  enabled: boolean;
  disabledBecause: WebhookRow['disabledBecause'];
}

/** The place of a secret in the vault. */
export const SECRET_COLUMNS = { secret: 'secret', previous: 'previous_secret' } as const;
