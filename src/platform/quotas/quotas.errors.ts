import { defineErrors } from '../errors/index.js';

export const QuotaErrors = defineErrors('quota', {
  reached: { status: 507, title: 'This user has reached a storage limit', isRefusal: true },
});
