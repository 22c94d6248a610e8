import { defineErrors, mapConstraint } from '../../platform/errors/index.js';

export const StoreErrors = defineErrors('store', {
  ownerNotFound: { status: 404, title: 'The user was removed' },
});

mapConstraint('store_item__user_fk', () => StoreErrors.ownerNotFound());
