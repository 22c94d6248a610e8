import { defineErrors, mapConstraint } from '../../platform/errors/index.js';

export const CheckpointErrors = defineErrors('checkpoint', {
  valuesMissing: { status: 409, title: 'Values of channels are not stored any more' },
  valueChanged: { status: 409, title: 'A version of a channel has another value' },
  tooLarge: { status: 413, title: 'The state of a checkpoint is too large' },
  ownerNotFound: { status: 404, title: 'The user was removed' },
});

for (const table of ['checkpoint', 'checkpoint_value', 'checkpoint_write'])
  mapConstraint(`${table}__user_fk`, () => CheckpointErrors.ownerNotFound());
