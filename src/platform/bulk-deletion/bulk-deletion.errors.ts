import { defineErrors } from '../errors/index.js';

export const BulkDeletionErrors = defineErrors('bulk_deletion', {
  noCondition: { status: 422, title: 'The filter has no condition: it would delete everything' },
});
