import { defineErrors, mapConstraint } from '../platform/errors/index.js';

export const WebhookErrors = defineErrors('webhook', {
  notFound: { status: 404, title: 'No such webhook' },
  deliveryNotFound: { status: 404, title: 'No such delivery of this webhook' },
  disabled: { status: 409, title: 'The webhook is disabled. Enable it first' },
  changed: { status: 409, title: 'Other requests keep changing the webhook. Try again' },
  urlRefused: { status: 422, title: 'This URL is not allowed for webhooks' },
  eventRefused: { status: 422, title: 'This kind of webhook cannot have this event' },
  tooMany: { status: 422, title: 'There is already the maximum number of webhooks' },
});

mapConstraint('webhook__user_fk', () => WebhookErrors.notFound());
mapConstraint('webhook_delivery__webhook_fk', () => WebhookErrors.notFound());
