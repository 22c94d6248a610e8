import { ConversationErrors } from '../conversations/index.js';
import { defineErrors, mapConstraint } from '../platform/errors/index.js';

export const ContextErrors = defineErrors('context', {
  manifestNotFound: { status: 404, title: 'No such context manifest' },
  erased: { status: 410, title: 'Something in this context has been erased since' },
  outdated: { status: 410, title: 'This context has a form that is no longer sent' },
  notReproducible: { status: 409, title: 'This context cannot be made again' },
});

export const SummaryErrors = defineErrors('summary', {
  notFound: { status: 404, title: 'No such summary' },
  invalidRange: { status: 422, title: 'The conversation has no such range of messages' },
  leavesGap: {
    status: 422,
    title: 'Messages before the range would be neither sent nor summarised',
  },
  refused: { status: 422, title: 'The summary holds what must not be stored' },
});

mapConstraint('context_manifest__conversation_fk', () => ConversationErrors.notFound());
mapConstraint('summary__conversation_fk', () => ConversationErrors.notFound());
