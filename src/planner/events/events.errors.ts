import { defineErrors, mapConstraint } from '../../platform/errors/index.js';

export const EventErrors = defineErrors('event', {
  notFound: { status: 404, title: 'No such event' },
  invalidTimes: {
    status: 422,
    title: 'The start, end and time zone of the event do not fit together',
  },
  conversationNotFound: { status: 422, title: 'No such conversation' },
});

mapConstraint('event__conversation_fk', () =>
  EventErrors.conversationNotFound({
    errors: [
      { pointer: '/conversationId', message: 'is not the id of a conversation of this user' },
    ],
  }),
);
mapConstraint('event__user_fk', () => EventErrors.notFound());
