import { defineErrors } from '../../platform/errors/index.js';

export const OpenAiErrors = defineErrors('openai', {
  itemNotFound: { status: 404, title: 'The conversation has no such item' },
  itemNotAlone: { status: 409, title: 'The item is one of several of a message' },
});
