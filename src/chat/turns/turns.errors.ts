import { defineErrors, mapConstraint, RequestErrors } from '../../platform/errors/index.js';

export const TurnErrors = defineErrors('turn', {
  notFound: { status: 404, title: 'No such turn' },
  busy: { status: 409, title: 'A turn of the conversation is running' },
  queueFull: { status: 429, title: 'Too many turns of the conversation wait' },
  inputTooLarge: { status: 413, title: 'The messages are too large for a turn that has to wait' },
  noModel: { status: 422, title: 'Neither the request nor an agent configuration names a model' },
  notConfigured: { status: 503, title: 'No provider of models is configured' },
  unknownProvider: { status: 422, title: 'No such provider of models is configured' },
  notWaiting: { status: 409, title: 'The turn does not wait for results of tools' },
});

/** Tools, parameters and instructions are kept with the turn. */
mapConstraint('turn__options_size', () =>
  RequestErrors.tooLarge({ detail: 'Tools, parameters and instructions are too large together.' }),
);
mapConstraint('turn__active', () => TurnErrors.busy());
