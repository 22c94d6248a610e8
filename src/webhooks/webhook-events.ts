// The types of events that webhooks can ask for. Triggers of the database write them.

/** What happens to the rows of a user. */
export const USER_EVENTS = [
  'message.created',
  'message.changed',
  'message.erased',
  'conversation.created',
  'conversation.changed',
  'conversation.deleted',
  'conversation.restored',
  'memory.created',
  'memory.changed',
  'memory.forgotten',
  'turn.finished',
] as const;

/** What happens to users, too. Only webhooks of the service are told of it. */
export const WEBHOOK_EVENTS = [
  ...USER_EVENTS,
  'user.created',
  'user.changed',
  'user.deleted',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** Sent by `POST …/test` only. */
export const TEST_EVENT = 'webhook.test';

export const isUserEvent = (event: WebhookEvent): boolean =>
  (USER_EVENTS as readonly string[]).includes(event);
