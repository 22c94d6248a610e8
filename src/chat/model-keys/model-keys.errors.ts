import { defineErrors } from '../../platform/errors/index.js';

export const ModelKeyErrors = defineErrors('model_key', {
  notFound: { status: 404, title: 'The user has no key of this provider' },
});
