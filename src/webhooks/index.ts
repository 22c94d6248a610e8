export { ServiceWebhookDelivery, WebhookDelivery } from './webhook-delivery.entity.js';
export { ServiceWebhook, Webhook } from './webhook.entity.js';
export { WebhooksModule } from './webhooks.module.js';
