import { type AppError, defineErrors, mapConstraint } from '../../platform/errors/index.js';

export const TaskErrors = defineErrors('task', {
  notFound: { status: 404, title: 'No such task' },
  conversationNotFound: { status: 422, title: 'No such conversation' },
  deletedImport: { status: 410, title: 'The task of this import was deleted here' },
});

export const noSuchConversation = (): AppError =>
  TaskErrors.conversationNotFound({
    errors: [{ pointer: '/conversationId', message: 'names no conversation of this user' }],
  });

mapConstraint('task__conversation_fk', noSuchConversation);
mapConstraint('task__user_fk', () => TaskErrors.notFound());
