import { defineErrors, mapConstraint } from '../platform/errors/index.js';

export const ConversationErrors = defineErrors('conversation', {
  notFound: { status: 404, title: 'No such conversation' },
  headMoved: { status: 409, title: 'The last message of the conversation is not the expected one' },
  unknownMessage: { status: 422, title: 'The conversation has no such message' },
  messageNotFound: { status: 404, title: 'No such message' },
  exists: { status: 409, title: 'A conversation with this id exists' },
  keyExists: { status: 409, title: 'A conversation with this key exists' },
  agentConfigNotFound: { status: 422, title: 'No such agent configuration' },
  agentConfigIdRequired: {
    status: 422,
    title: 'agentConfigVersion and agentConfigAlias need an agentConfigId',
  },
  seqOutOfRange: { status: 422, title: 'The conversation has no message with this seq' },
  deletedImport: { status: 410, title: 'The conversation of this import was deleted here' },
});

export const MessageErrors = defineErrors('message', {
  notFound: { status: 404, title: 'The conversation has no such message' },
  removed: { status: 410, title: 'The message was removed for good' },
  unknownPart: { status: 422, title: 'The message has no such part' },
  finished: { status: 409, title: 'The message is finished and never changes' },
  versionMismatch: { status: 409, title: 'The message has another version' },
  keyTaken: { status: 409, title: 'The message with this key is another one' },
  sealed: {
    status: 400,
    title: 'Messages are sealed, so the database cannot search what they say',
  },
  tooManyInProgress: {
    status: 409,
    title: 'Too many messages of the conversation are in progress',
  },
});

mapConstraint('conversation__pk', () => ConversationErrors.exists());
mapConstraint('conversation__key', () => ConversationErrors.keyExists());
mapConstraint('conversation__agent_config_fk', () => ConversationErrors.agentConfigNotFound());
mapConstraint('conversation__shared_agent_config_fk', () =>
  ConversationErrors.agentConfigNotFound(),
);
mapConstraint('conversation__forked_from_fk', () => ConversationErrors.notFound());
mapConstraint('message__key', () => MessageErrors.keyTaken());
mapConstraint('message__conversation_fk', () => ConversationErrors.notFound());
mapConstraint('conversation__user_fk', () => ConversationErrors.notFound());
