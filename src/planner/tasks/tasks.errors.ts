import { defineErrors, mapConstraint } from '../../platform/errors/index.js';

export const TaskErrors = defineErrors('task', {
  notFound: { status: 404, title: 'No such task' },
  conversationNotFound: { status: 422, title: 'No such conversation' },
});

mapConstraint('task__conversation_fk', () =>
  TaskErrors.conversationNotFound({
    errors: [
      { pointer: '/conversationId', message: 'is not the id of a conversation of this user' },
    ],
  }),
);
mapConstraint('task__user_fk', () => TaskErrors.notFound());
