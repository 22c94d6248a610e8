import { ConversationErrors } from '../conversations/index.js';
import { defineErrors, mapConstraint } from '../platform/errors/index.js';

export const ContextErrors = defineErrors('context', {
  manifestNotFound: { status: 404, title: 'No such context manifest' },
  budgetTooSmall: {
    status: 422,
    title: "The user's last message does not fit the token budget",
  },
  erased: { status: 410, title: 'Content of this context has been erased since it was built' },
  outdated: {
    status: 410,
    title: 'An older release built this context in a form that is no longer sent',
  },
  notReproducible: { status: 409, title: 'This context can no longer be reproduced byte for byte' },
});

export const SummaryErrors = defineErrors('summary', {
  notFound: { status: 404, title: 'No such summary' },
  invalidRange: { status: 422, title: 'The conversation has no such range of messages' },
  leavesGap: {
    status: 422,
    title:
      'The compaction would leave a gap: messages before its range would be neither sent nor summarised',
  },
  refused: {
    status: 422,
    title: 'The summary contains a secret or personal data that this service does not store',
  },
});

mapConstraint('context_manifest__conversation_fk', () => ConversationErrors.notFound());
mapConstraint('summary__conversation_fk', () => ConversationErrors.notFound());
