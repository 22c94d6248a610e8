import { defineErrors, mapConstraint, RequestErrors } from '../../platform/errors/index.js';

export const ModelCallErrors = defineErrors('model_call', {
  notFound: { status: 404, title: 'No such model call' },
  queueFull: { status: 429, title: 'Too many model calls of the user wait' },
  notFailed: { status: 409, title: 'Only a failed model call can be tried again' },
});

mapConstraint('model_call__request_size', () =>
  RequestErrors.tooLarge({ detail: 'A model call has at most 1048576 bytes of JSON.' }),
);
mapConstraint('model_call__user_fk', () => ModelCallErrors.notFound());
