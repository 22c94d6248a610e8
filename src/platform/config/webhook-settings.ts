// Settings of the deliveries to webhooks.
import { z } from 'zod';
import { seconds } from './setting-kinds.js';

export const webhookSettings = {
  WEBHOOK_CONCURRENCY: z.coerce.number().int().min(0).max(1_000).default(32),
  WEBHOOK_TIMEOUT: seconds(15),
};

export interface WebhookSettings {
  /** Deliveries of this process at a time; 0 for none. */
  readonly concurrency: number;
  /** Seconds for one delivery, from connecting to the whole answer. */
  readonly timeout: number;
}

type WebhookEnvironment = z.infer<z.ZodObject<typeof webhookSettings>>;

export const webhookSettingsOf = (env: WebhookEnvironment): WebhookSettings =>
  Object.freeze({ concurrency: env.WEBHOOK_CONCURRENCY, timeout: env.WEBHOOK_TIMEOUT });
