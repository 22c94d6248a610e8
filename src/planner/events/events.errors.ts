import { type AppError, defineErrors, mapConstraint } from '../../platform/errors/index.js';

export const EventErrors = defineErrors('event', {
  notFound: { status: 404, title: 'No such event' },
  invalidTimes: {
    status: 422,
    title: 'The start, end and time zone of the event do not fit together',
  },
  conversationNotFound: { status: 422, title: 'No such conversation' },
  deletedImport: { status: 410, title: 'The event of this import was deleted here' },
});

export const noSuchConversation = (): AppError =>
  EventErrors.conversationNotFound({
    errors: [{ pointer: '/conversationId', message: 'names no conversation of this user' }],
  });

mapConstraint('event__conversation_fk', noSuchConversation);
mapConstraint('event__user_fk', () => EventErrors.notFound());
