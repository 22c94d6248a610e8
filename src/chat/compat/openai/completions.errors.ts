import { defineErrors } from '../../../platform/errors/index.js';

export const CompletionErrors = defineErrors('completion', {
  unknownModel: { status: 404, title: 'No such model' },
  modelRefused: { status: 422, title: 'The provider of the model refuses the request' },
  modelLimited: { status: 429, title: 'The provider of the model limits its calls' },
  tooLong: { status: 422, title: 'The messages do not fit into the context' },
  modelFailed: { status: 502, title: 'The model gave no whole answer', isRefusal: true },
  modelUnavailable: { status: 503, title: 'The model cannot be reached', isRefusal: true },
  modelBusy: { status: 503, title: 'The model has no place for the call', isRefusal: true },
  modelTimeout: { status: 504, title: 'The model took too long', isRefusal: true },
  ended: { status: 409, title: 'The turn was ended before the model had answered' },
});
